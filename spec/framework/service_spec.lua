-- SPDX-License-Identifier: MIT
local app = require("support.app")
local stream = require("support.stream")

-- Each is application/services/NAME.lua, behind `local S = Service()`.
local SERVICES = {
    line = [[
        function S:connect() self.count = 0; return "hello" end
        function S:data(line)
            self.count = self.count + 1
            if line == "quit" then
                self:stop("has quit")
                return "bye"
            end
            if line == "nothing" then return nil end
            if line == "raise" then error("on purpose") end
            if line == "number" then return 7 end
            return self.count .. " " .. line .. "."
        end
        function S:close(reason)
            ngx.log(ngx.WARN, "line ended: ", reason)
        end
    ]],
    short = [[
        S.max_line = 5
        function S:data(line) return line end
        function S:close(reason)
            ngx.log(ngx.WARN, "short ended: ", reason)
        end
    ]],
    any = [[
        S.frame = "any"
        function S:data(bytes) return "<" .. bytes .. ">" end
    ]],
    four = [[
        S.frame = 4
        function S:data(bytes) return "[" .. bytes .. "]" end
    ]],
    own = [[
        -- a length and so many bytes
        function S:frame()
            local length, err = self.socket:receive(1)
            if not length then return nil, err end
            return self.socket:receive(tonumber(length))
        end
        function S:data(bytes) self:send(#bytes, ":", bytes) end
    ]],
    wrong = [[
        S.frame = "words"
        function S:data() end
    ]],
    silent = [[
        function S:data() end
        function S:close(reason)
            ngx.log(ngx.WARN, "silent ended: ", reason)
        end
    ]],
    asking = [[
        function S:data(line)
            ngx.log(ngx.WARN, "asks for ", line)
            ngx.sleep(60)
        end
        function S:close(reason)
            ngx.log(ngx.WARN, "asking ended: ", reason)
            error("but not well")
        end
    ]],
    counting = [[
        function S:data(line)
            return tostring(ngx.shared.seen:incr(line, 1, 0))
        end
    ]],
    none = "S = {}",
}

local function start()
    local files = {
        ["application/services/packet.lua"] = [[
            local S = Service()
            function S:packet(data)
                if data == "raise" then error("no packet") end
                self:send("first ", data)
                return "second " .. self.settings.word
            end
            return S
        ]],
        ["config/services.lua"] = [[
            return { packet = { protocol = "udp", word = "of settings" } }
        ]],
        ["config/routes.lua"] = [[
            return function(r)
                r:get("/seen", "seen@index")
            end
        ]],
        ["application/controllers/seen.lua"] = [[
            local C = {}
            function C:index()
                return tostring(ngx.shared.seen:get("apples") or 0)
            end
            return C
        ]],
    }
    local servers = {
        "lua_shared_dict seen 1m; lua_check_client_abort on;",
        'server { listen 127.0.0.1:{{port_packet}} udp; content_by_lua_block {'
            .. ' require("pandan").serve("packet") } }',
    }

    for name, text in pairs(SERVICES) do
        files["application/services/" .. name .. ".lua"] =
            "local S = Service()\n" .. text .. "\nreturn S\n"
        servers[#servers + 1] = ([[
            server { listen 127.0.0.1:{{port_NAME}};
                lua_socket_read_timeout TIMEOUT;
                content_by_lua_block { require("pandan").serve("NAME") } }
        ]]):gsub("NAME", name)
            :gsub("TIMEOUT", name == "silent" and "50ms" or "10s")
    end

    return app.start({
        files = files,
        http = "lua_shared_dict seen 1m;",
        stream = table.concat(servers, "\n"),
    })
end

describe("a service", function()
    local server

    setup(function()
        server = start()
    end)

    local function talk(name, ...)
        local client = stream.connect(server, name)

        for _, text in ipairs({ ... }) do
            client:send(text)
        end
        return client
    end

    it("answers lines, with a self for each client", function()
        local one, two = talk("line", "a\r\nb\n"), talk("line", "c\n")

        for client, lines in pairs({
            [one] = { "hello", "1 a.", "2 b." }, [two] = { "hello", "1 c." },
        }) do
            for _, line in ipairs(lines) do
                assert.equal(line, client:receive())
            end
        end

        one:send("nothing\n\nquit\n")
        assert.equal("4 .", one:receive())
        assert.equal("bye", one:receive())
        assert.is_nil(one:receive())
        one:close()
        two:close()
        server:wait_log("line ended: has quit")
        server:wait_log("line ended: closed")
    end)

    it("ends with an error, which the log tells of", function()
        local client = talk("line", "raise\n")

        assert.equal("hello", client:receive())
        assert.is_nil(client:receive())
        client:close()
        server:wait_log("service 'line': [^\n]*services/line.lua:%d+: "
            .. "on purpose")
        server:wait_log("line ended: error")
    end)

    it("may only send strings", function()
        local client = talk("line", "number\n")

        assert.equal("hello", client:receive())
        assert.is_nil(client:receive())
        client:close()
        server:wait_log("data%(%) of service 'line' returned a number, not a "
            .. "string")
    end)

    it("takes no line that is too long", function()
        assert.equal("12345\n", stream.ask(server, "short", "12345\n123456\n"))
        server:wait_log("short ended: line too long")
    end)

    it("is given what has come, so many bytes, or what it reads", function()
        local any = talk("any", "ab\nc")
        assert.equal("<ab", any:receive())
        assert.equal("c>", any:receive(2))
        any:close()

        local four = talk("four", "abcd", "efghij")
        assert.equal("[abcd][efgh]", four:receive(12))
        four:close()

        local own = talk("own", "3abc0", "5hello")
        assert.equal("3:abc0:5:hello", own:receive(14))
        own:close()
    end)

    it("ends for a client that is silent", function()
        local client = talk("silent", "")

        assert.is_nil(client:receive())
        client:close()
        server:wait_log("silent ended: timeout")
    end)

    it("is told when its client goes while it waits", function()
        local client = talk("asking", "tea\n")

        server:wait_log("asks for tea")
        client:close()
        server:wait_log("asking ended: closed")
        server:wait_log("service 'asking': [^\n]*but not well")
    end)

    it("answers datagrams", function()
        local client = stream.datagrams(server, "packet")

        client:send("raise")
        server:wait_log("service 'packet': [^\n]*no packet")
        client:send("one")
        assert.equal("first one", client:receive())
        assert.equal("second of settings", client:receive())
        client:close()
    end)

    it("shares dictionaries with the pages", function()
        local client = talk("counting", "apples\napples\n")

        assert.equal("1", client:receive())
        assert.equal("2", client:receive())
        client:close()
        assert.equal("2", server:get("/seen").body)
    end)

    it("says what is wrong with its class", function()
        assert.equal("", stream.ask(server, "none", "x\n"))
        server:wait_log("services/none.lua must return what Service%(%) gave")
        assert.equal("", stream.ask(server, "wrong", "x\n"))
        server:wait_log("the frame of service 'wrong' is neither \"line\"")
    end)
end)
