-- SPDX-License-Identifier: MIT
-- A proxy of Redis in Lua: each tenant sees its own keys only.
local redis = require("support.redis")
local stream = require("support.stream")

local PROXY = [[
    local proxy = {}

    -- commands whose first argument is no key
    local PLAIN = { PING = true, ECHO = true, HELLO = true, CLIENT = true }

    -- "*2\r\n$3\r\nGET\r\n$1\r\na\r\n" -> { "GET", "a" }
    local function read_command(sock)
        local line, err = sock:receive()
        if not line then
            return nil, err
        end

        local words = {}
        for i = 1, tonumber(line:match("^%*(%d+)$")) or 0 do
            local size = tonumber((sock:receive() or ""):match("^%$(%d+)$"))
            if not size then
                return nil, "no length"
            end
            words[i] = sock:receive(size)
            sock:receive(2)
        end
        return words
    end

    local function encode(words)
        local parts = { "*", #words, "\r\n" }

        for _, word in ipairs(words) do
            parts[#parts + 1] = "$" .. #word .. "\r\n" .. word .. "\r\n"
        end
        return parts
    end

    -- The server's answers pass as they are.
    local function pass(from, to)
        while true do
            local data, err = from:receiveany(8192)
            if not data then
                return err
            end
            to:send(data)
        end
    end

    local function ask(from, to, tenant)
        while true do
            local words, err = read_command(from)
            if not words then
                return err
            end

            local name = (words[1] or ""):upper()
            if name == "FLUSHALL" then
                -- of the server's turn; its answer says so
                words = { "ECHO", "not yours" }
            elseif words[2] and not PLAIN[name] then
                words[2] = tenant .. ":" .. words[2]
            end
            to:send(encode(words))
        end
    end

    function proxy.run(port, tenant)
        local client = ngx.req.socket()
        local server = ngx.socket.tcp()

        assert(server:connect("127.0.0.1", port))

        local answers = ngx.thread.spawn(pass, server, client)
        local questions = ngx.thread.spawn(ask, client, server, tenant)
        local _, why = ngx.thread.wait(answers, questions)

        ngx.thread.kill(answers)
        ngx.thread.kill(questions)
        server:close()
        ngx.log(ngx.WARN, tenant, " has ended: ", why)
    end

    return proxy
]]

describe("a proxy that edits what passes", function()
    local target = redis.start()
    local server

    local function listen(name)
        return ([[
            server { listen 127.0.0.1:{{port_NAME}};
                content_by_lua_block {
                    require("proxy").run(tonumber(os.getenv("REDIS")), "NAME")
                }
            }
        ]]):gsub("NAME", name)
    end

    -- A client is our own driver, on the HTTP side.
    local function run(name, code)
        local body = server:get("/run", {
            method = "POST",
            headers = { ["X-Port"] = server.ports["port_" .. name] },
            body = code,
        })

        if body.status ~= 200 then
            error(body.body, 2)
        end
        return body.body
    end

    setup(function()
        server = stream.start({
            env = { REDIS = target.port },
            files = { ["proxy.lua"] = PROXY },
            allow = { "closed the connection" },
            server = [[
                location /run { content_by_lua_block {
                    ngx.req.read_body()
                    r = require("pandan.redis").open("redis://127.0.0.1:"
                        .. ngx.var.http_x_port)
                    local fn = assert(loadstring(ngx.req.get_body_data()))
                    local ok, result = xpcall(fn, debug.traceback)
                    r:close()
                    ngx.status = ok and 200 or 500
                    ngx.print(result)
                } }
            ]],
            stream = listen("red") .. listen("blue"),
        })
    end)

    it("keeps two tenants apart", function()
        run("red", "return r:set('colour', 'red')")
        run("blue", "return r:set('colour', 'blue')")
        assert.equal("red", run("red", "return r:get('colour')"))
        assert.equal("blue", run("blue", "return r:get('colour')"))
        assert.equal("red", target:cli("get red:colour"))
    end)

    it("answers in the place of a command that is refused", function()
        assert.equal("not yours", run("red", "return r:command('FLUSHALL')"))
        assert.equal("red", run("red", "return r:get('colour')"))
    end)

    it("passes large values and a pipeline whole", function()
        assert.equal("1000 3000000", run("blue", [[
            local large = ("\r\n$0 "):rep(600000)
            assert(r:set("large", large))
            assert(r:get("large") == large)

            local replies = assert(r:pipeline(function(p)
                for i = 1, 1000 do
                    p:set("k" .. i, i)
                end
            end))
            assert(r:get("k1000") == "1000")
            return #replies .. " " .. #large
        ]]))
        assert.equal("blue:k7", target:cli("keys blue:k7"))
    end)

    it("ends both sides with either", function()
        local client = stream.connect(server, "red")
        client:send("*2\r\n$3\r\nGET\r\n$6\r\ncolour\r\n")
        assert.equal("$3", client:receive())
        client:close()
        server:wait_log("red has ended: closed")

        local other = stream.connect(server, "blue")
        other:send("*1\r\n$4\r\nPING\r\n")
        assert.equal("+PONG", other:receive())
        target:kill()
        assert.is_nil(other:receive())
        other:close()
        server:wait_log("blue has ended: closed")
        stream.settle(server)
    end)
end)
