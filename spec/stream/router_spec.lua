-- SPDX-License-Identifier: MIT
-- The router of docs/book/services.md, as it stands there.
local book = require("support.book")
local certificates = require("support.certificates")
local redis = require("support.redis")
local stream = require("support.stream")

-- A server of TLS that tells who it is.
local function backend(name)
    return ([[
        server { listen 127.0.0.1:{{port_NAME}} ssl;
            ssl_certificate DIR/NAME.test.crt;
            ssl_certificate_key DIR/NAME.test.key;
            content_by_lua_block {
                ngx.say("NAME for ", ngx.var.ssl_server_name)
            }
        }
    ]]):gsub("NAME", name)
end

-- A client, as LuaSocket speaks no TLS.
local ASK = [[
    location /ask { content_by_lua_block {
        local sock = ngx.socket.tcp()
        local name = ngx.var.arg_name

        sock:settimeout(10000)
        assert(sock:connect("127.0.0.1", {{port_router}}))

        local ok, err = sock:sslhandshake(false, name, true)
        ngx.print(ok and sock:receive() or err)
        sock:close()
    } }
]]

describe("a router of TLS by name, with its table in Redis", function()
    local table_of = redis.start()
    local dir = certificates.folder()
    local server

    for _, name in ipairs({ "red", "blue" }) do
        certificates.issue(dir, name .. ".test", name .. ".test")
    end

    local function start()
        local conf = book.blocks("services.md", "nginx")[1]
        local module

        for _, block in ipairs(book.blocks("services.md")) do
            if block:find("^%-%- routes.lua\n") then
                module = block
            end
        end

        local body = conf:match("^stream {\n(.*)}$")
            :gsub("listen 443", "listen 127.0.0.1:{{port_router}}")

        return stream.start({
            allow = { "SSL_do_handshake" },
            files = {
                ["routes.lua"] = module:gsub("redis://127.0.0.1",
                    table_of:url()),
            },
            http = "lua_ssl_trusted_certificate " .. dir .. "/ca.crt;\n"
                .. "lua_ssl_verify_depth 2;",
            server = ASK,
            stream = (body .. backend("red") .. backend("blue"))
                :gsub("DIR", dir),
        })
    end

    local function ask(name)
        return server:get("/ask?name=" .. name).body
    end

    setup(function()
        server = start()
    end)

    local function route(name, to)
        table_of:cli(("set route:%s 127.0.0.1:%d"):format(name,
            server.ports["port_" .. to]))
    end

    it("leads a client to the one its name belongs to", function()
        route("red.test", "red")
        route("blue.test", "blue")

        assert.equal("red for red.test", ask("red.test"))
        assert.equal("blue for blue.test", ask("blue.test"))
        assert.equal("red for red.test", ask("red.test"))
    end)

    it("hangs up on one that asks for nobody", function()
        assert.not_matches("for", ask("other.test"))
        server:wait_log("no route to 'other.test'")
    end)

    it("follows the table at once", function()
        route("red.test", "blue")
        -- blue has no certificate of this name
        assert.matches("mismatch", ask("red.test"))
        route("red.test", "red")
        assert.equal("red for red.test", ask("red.test"))
    end)

    it("refuses while Redis is away, and goes on when it is back", function()
        table_of:kill()
        assert.not_matches("for", ask("blue.test"))
        server:wait_log("no route to 'blue.test': [^\n]*connect")

        table_of:restart()
        route("blue.test", "blue")
        assert.equal("blue for blue.test", ask("blue.test"))
        stream.settle(server, 1)
    end)
end)
