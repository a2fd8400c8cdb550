-- SPDX-License-Identifier: MIT
local browser = require("support.browser")
local cli = require("support.cli")

describe("a resource in a browser", function()
    local app = cli.app("blog")
    local page, url, port

    setup(function()
        app:ok("generate resource post title:string body:text "
            .. "published:boolean")
        app:ok("db migrate --env production")
        port = app:start()
        url = "http://127.0.0.1:" .. port
        page = browser.start()
    end)

    it("is created by its form", function()
        page:visit(url .. "/posts")
        page:click("a.button")
        page:fill("#title", "A <script>alert(1)</script> title")
        page:fill("#body", "The text")
        page:click("#published")
        page:click("main button")
        page:see("Post created.")
        page:see("A <script>alert(1)</script> title")
        page:see("Yes")
        assert.matches("&lt;script&gt;", page:source())
    end)

    it("is edited by its form, which has what was stored", function()
        page:click("main a.button")
        assert.equal("The text", page:run(
            "return document.getElementById('body').value"))
        assert.is_true(page:run(
            "return document.getElementById('published').checked"))
        page:fill("#title", "Another title")
        page:click("#published")
        page:click("main button")
        page:see("Post saved.")
        page:see("Another title")
        page:see("No")
    end)

    it("shows beside the field what is wrong, and keeps the rest", function()
        page:visit(url .. "/posts/new")
        page:run("document.getElementById('title')"
            .. ".removeAttribute('required')")
        page:fill("#body", "Kept text")
        page:click("main button")
        page:see("Title is required")
        assert.equal("Kept text", page:run(
            "return document.getElementById('body').value"))
        assert.equal("title-error", page:run("return document"
            .. ".getElementById('title').getAttribute('aria-describedby')"))
    end)

    it("has a label for each field", function()
        assert.equal(0, page:run([[
            return [...document.querySelectorAll(
                "main input:not([type=hidden]), main textarea")]
                .filter(field => field.labels.length == 0).length
        ]]))
    end)

    it("survives a stop and start", function()
        app:ok("stop --timeout 1")
        app:ok("start --port " .. port)
        page:visit(url .. "/posts")
        page:see("Another title")
    end)

    it("is deleted by its button", function()
        page:click("main td a")
        page:click("button.danger")
        page:see("Post deleted.")
        page:see("There are none yet.")
    end)

    it("is refused without the token", function()
        local response = cli.get(port, "/posts", {
            method = "POST", body = "title=x", headers = {
                ["Content-Type"] = "application/x-www-form-urlencoded",
            },
        })

        assert.equal(403, response.status)
    end)
end)
