-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("the harness", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location / { return 200 "hello"; }
                location /gone { return 404; }
                location /file { root {{dir}}; }
            ]],
            files = { ["file/a.txt"] = "a file" },
        })
    end)

    it("asks nginx for a page", function()
        local response = server:get("/")

        assert.equal(200, response.status)
        assert.equal("hello", response.body)
        assert.equal("5", response.headers["Content-Length"])
    end)

    it("shows other statuses too", function()
        assert.equal(404, server:get("/gone").status)
    end)

    it("writes files into the server's folder", function()
        assert.equal("a file", server:get("/file/a.txt").body)
    end)

    it("keeps a connection for several requests", function()
        local conn = server:connect()

        for _ = 1, 3 do
            conn:request("GET", "/")
            assert.equal("hello", conn:response().body)
        end

        conn:close()
    end)

    it("reloads with another configuration", function()
        server:reload({ server = [[location / { return 200 "new"; }]] })
        assert.equal("new", server:get("/").body)
    end)

    it("says why nginx did not start", function()
        assert.error_matches(function()
            nginx.start({ server = "no_such_word;" })
        end, "unknown directive \"no_such_word\"")
    end)
end)
