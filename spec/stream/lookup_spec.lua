-- SPDX-License-Identifier: MIT
local paths = require("support.paths")
local postgres = require("support.postgres")
local process = require("support.process")
local stream = require("support.stream")

local CLIENTS = 40
local LINES = 25

describe("a line protocol with a look-up for each line", function()
    local database = postgres.start()
    local server

    setup(function()
        database:psql([[
            CREATE TABLE words (word text PRIMARY KEY, meaning text);
            INSERT INTO words SELECT 'w' || n, 'meaning of ' || n
            FROM generate_series(1, 1000) AS n;
        ]])
        server = stream.start({
            env = { DATABASE = database:url() .. "?limit=4" },
            allow = { "client prematurely closed" },
            files = {
                ["words.lua"] = 'return require("pandan.db").open('
                    .. 'os.getenv("DATABASE"))',
            },
            server = [[
                location /words { content_by_lua_block {
                    local s = require("words"):stats()
                    ngx.print(s.lent, " ", s.waiting, " ", s.opened)
                } }
            ]],
            stream = [[
                lua_check_client_abort on;
                server { listen 127.0.0.1:{{port_words}};
                    content_by_lua_block {
                        local words = require("words")
                        local sock = ngx.req.socket()

                        while true do
                            local word = sock:receive()
                            if not word then
                                return
                            end
                            local meaning, err = words:value(
                                "SELECT meaning FROM words WHERE word = $1",
                                word)
                            ngx.say(meaning or err or "unknown")
                            ngx.flush()
                        end
                    }
                }
                server { listen 127.0.0.1:{{port_slow}};
                    content_by_lua_block {
                        ngx.log(ngx.WARN, "asks")
                        require("words"):query("SELECT pg_sleep(60)")
                    }
                }
            ]],
        })
    end)

    it("answers many clients over few connections", function()
        local clients = {}

        for i = 1, CLIENTS do
            clients[i] = stream.connect(server, "words")
        end
        for line = 1, LINES do
            for i, client in ipairs(clients) do
                client:send(("w%d\n"):format(i * LINES - line))
            end
            for i, client in ipairs(clients) do
                local n = i * LINES - line

                assert.equal(n == 0 and "unknown" or "meaning of " .. n,
                    client:receive())
            end
        end
        for _, client in ipairs(clients) do
            client:close()
        end
        assert.equal("0 0 4", server:get("/words").body)
    end)

    it("answers in order what one client sends at once", function()
        local client = stream.connect(server, "words")

        client:send("w1\nw2\nno such\nw3\n'; DROP TABLE words; --\n")
        for _, expected in ipairs({ "meaning of 1", "meaning of 2",
            "unknown", "meaning of 3", "unknown" })
        do
            assert.equal(expected, client:receive())
        end
        client:close()
    end)

    it("has its connections back from clients that vanish", function()
        local clients = {}

        for i = 1, 10 do
            clients[i] = stream.connect(server, "slow")
        end
        server:wait_log(("asks.-"):rep(10))
        for _, client in ipairs(clients) do
            client:close()
        end

        local client = stream.connect(server, "words")
        client:send("w7\n")
        assert.equal("meaning of 7", client:receive())
        client:close()
        assert.is_true(process.wait_until(10 * paths.slowness, function()
            return stream.sessions(server) == 0
                and server:get("/words").body:find("^0 0 ") ~= nil
        end))
    end)
end)
