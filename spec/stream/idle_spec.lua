-- SPDX-License-Identifier: MIT
-- PANDAN_IDLE sets how many; fewer where a process may not have so many files.
local files = require("support.files")
local paths = require("support.paths")
local process = require("support.process")
local stream = require("support.stream")

local WANTED = tonumber(os.getenv("PANDAN_IDLE"))
    or (paths.sanitized and 1000 or 10000)

-- What a worker opens beside its clients.
local SPARE = 300

local function greatest_number_of_files()
    local text = files.read("/proc/self/limits")

    return tonumber(text:match("Max open files%s+%S+%s+(%d+)")) or math.huge
end

local IDLE = math.min(WANTED, greatest_number_of_files() - SPARE)

local function start(text, more)
    local options = {
        -- with a sixteenth left nginx closes clients that have not spoken
        connections = math.ceil(IDLE * 1.1) + SPARE,
        log_level = "warn",
        main = "worker_rlimit_nofile " .. IDLE + SPARE .. ";",
        stream = "lua_socket_read_timeout 600s;\n"
            .. "lua_socket_connect_timeout 60s;\n" .. text,
    }

    for key, value in pairs(more or {}) do
        options[key] = value
    end
    return stream.start(options)
end

describe("idle clients of stream", function()
    it("cost memory only, and are served when they speak", function()
        local server = start(stream.echo)

        -- who knocks has as many descriptors, so it is a process of its own
        local knocking = start([[
            server { listen 127.0.0.1:{{port_knock}};
                content_by_lua_block {
                    local sock = ngx.req.socket()
                    local echo = tonumber(os.getenv("ECHO"))
                    local n = tonumber(sock:receive())
                    local clients = {}

                    for i = 1, n do
                        clients[i] = ngx.socket.tcp()
                        assert(clients[i]:connect("127.0.0.1", echo))
                    end
                    ngx.say("open")
                    ngx.flush(true)
                    sock:receive()

                    local wrong = 0
                    for i = 1, n do
                        clients[i]:send("hello " .. i .. "\n")
                    end
                    for i = 1, n do
                        if clients[i]:receive() ~= "hello " .. i then
                            wrong = wrong + 1
                        end
                        clients[i]:close()
                    end
                    ngx.say("wrong ", wrong)
                }
            }
        ]], { env = { ECHO = server.ports.port_echo } })
        local client = stream.connect(knocking, "knock")

        client:settimeout(60)
        client:send(IDLE .. "\n")
        assert.equal("open", client:receive())

        -- some may still wait to be accepted
        assert.is_true(process.wait_until(10 * paths.slowness, function()
            return stream.sessions(server) == IDLE
        end))

        client:send("go\n")
        assert.equal("wrong 0", client:receive())
        client:close()
        stream.settle(server)
    end)
end)
