-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local stores = require("support.stores")

describe("Debian's lua-nginx-websocket", function()
    local server

    local function run(code)
        return server:run(([[
            local ws = require("nginx.websocket.client"):new({
                timeout = 5000, max_payload_len = 1048576,
            })
            assert(ws:connect("ws://127.0.0.1:%d/echo"))
        ]]):format(server.port) .. code)
    end

    setup(function()
        server = code_server.start({
            http = stores.lua_path,
            server = [[
                location /echo { content_by_lua_block {
                    local ws = assert(require("nginx.websocket.server"):new({
                        timeout = 5000, max_payload_len = 1048576,
                    }))

                    while true do
                        local data, kind = ws:recv_frame()

                        if kind == "text" then
                            ws:send_text(data)
                        elseif kind == "binary" then
                            ws:send_binary(data)
                        elseif kind == "ping" then
                            ws:send_pong(data)
                        else
                            return ws:send_close(1000, "bye")
                        end
                    end
                } }
            ]],
        })
    end)

    it("carries texts and bytes both ways", function()
        assert.equal("text:hello binary:true", run([[
            ws:send_text("hello")
            local text, kind = ws:recv_frame()
            local bytes = ("\0\255"):rep(40000)
            ws:send_binary(bytes)
            local back, other = ws:recv_frame()
            return kind .. ":" .. text .. " " .. other .. ":"
                .. tostring(back == bytes)
        ]]))
    end)

    it("answers pings", function()
        assert.equal("pong alive", run([[
            ws:send_ping("alive")
            local data, kind = ws:recv_frame()
            return kind .. " " .. data
        ]]))
    end)

    it("closes with a reason", function()
        assert.equal("close bye 1000", run([[
            ws:send_close(1000, "enough")
            local data, kind, code = ws:recv_frame()
            return kind .. " " .. data .. " " .. code
        ]]))
    end)

    it("sends while another thread waits to receive", function()
        assert.equal("one two", run([[
            local thread = ngx.thread.spawn(function()
                return ws:recv_frame() .. " " .. ws:recv_frame()
            end)
            ws:send_text("one")
            ngx.sleep(0)
            ws:send_text("two")
            local _, both = ngx.thread.wait(thread)
            return both
        ]]))
    end)
end)
