-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")

describe("a TLS session", function()
    local server

    setup(function()
        local dir = certificates.of_server()

        local function listener(name, protocol)
            return certificates.listener(dir, name, "ssl_protocols "
                .. protocol .. [[;
                    location / { return 200 "$ssl_session_reused"; }
                ]], "server")
        end

        server = code_server.start({
            http = listener("tls12", "TLSv1.2")
                .. listener("tls13", "TLSv1.3") .. [[
                init_by_lua_block {
                    -- "r" when the server has resumed a session, else "."
                    function dial(name, session)
                        local sock = ngx.socket.connect("unix:{{dir}}/" ..
                            name .. ".sock")
                        local fresh = assert(sock:sslhandshake(session))
                        sock:send("GET / HTTP/1.0\r\n\r\n")
                        local answer = sock:receive("*a")
                        sock:close()
                        return fresh, answer:sub(-1)
                    end

                    function dial_often(name)
                        local session, reused
                        local seen = {}
                        for i = 1, 5 do
                            session, reused = dial(name, session)
                            seen[i] = reused
                        end
                        return table.concat(seen)
                    end
                }
            ]],
        })
    end)

    it("is resumed by the server that gave it, under TLS 1.2", function()
        assert.equal(".rrrr", server:run([[return dial_often("tls12")]]))
    end)

    it("is resumed under TLS 1.3, whose tickets come late", function()
        assert.equal(".rrrr", server:run([[return dial_often("tls13")]]))
    end)

    it("is none when `false` says that none is wanted", function()
        assert.equal("true.", server:run([[
            local session, reused = dial("tls12", false)
            return tostring(session) .. reused
        ]]))
    end)

    it("is forgotten by a server that does not know it", function()
        assert.equal(".", server:run([[
            local session = dial("tls12")
            return select(2, dial("tls13", session))
        ]]))
    end)

    it("lives as long as one of its objects, not as its socket", function()
        assert.equal("rr", server:run([[
            local session = dial("tls13")
            collectgarbage()
            collectgarbage()
            local same, first = dial("tls13", session)
            session = nil
            collectgarbage()
            collectgarbage()
            return first .. select(2, dial("tls13", same))
        ]]))
    end)
end)
