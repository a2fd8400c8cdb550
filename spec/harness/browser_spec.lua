-- SPDX-License-Identifier: MIT
local browser = require("support.browser")
local nginx = require("support.nginx")

describe("a browser of the harness", function()
    local page, url

    setup(function()
        local server = nginx.start({
            server = [[
                location / { root {{dir}}/pub; default_type text/html; }
            ]],
            files = {
                ["pub/form.html"] = [[
                    <title>Form</title>
                    <form action="done.html"><input name="a" value="old">
                    <button>Go</button></form>
                ]],
                ["pub/done.html"] = "<h1>Done</h1>",
            },
        })

        url = "http://127.0.0.1:" .. server.port
        page = browser.start()
    end)

    it("fills in a form and sends it", function()
        page:visit(url .. "/form.html")
        assert.equal("Form", page:title())
        page:fill("input[name=a]", "new text")
        page:click("button")
        page:see("Done")
        assert.matches("a=new%+text$", page:url())
    end)

    it("runs scripts", function()
        assert.equal(3, page:run("return 1 + 2"))
    end)
end)
