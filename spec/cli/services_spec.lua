-- SPDX-License-Identifier: MIT
local book_app = require("support.book_app")
local certificates = require("support.certificates")
local cli = require("support.cli")
local files = require("support.files")
local ports = require("support.ports")
local socket = require("socket")

local function connect(port)
    local client = socket.tcp()

    client:settimeout(10)
    assert(client:connect("127.0.0.1", port))
    return client
end

-- What the service at a port answers to a line.
local function ask(port, line)
    local client = connect(port)

    client:send(line .. "\n")

    local answer = client:receive()

    client:close()
    return answer
end

describe("pandan generate service", function()
    it("writes a service whose spec passes", function()
        local app = cli.app("blog")
        local said = app:ok("generate service counter")

        assert.matches("create  config/services.lua", said)
        assert.matches("1 passed, 0 failed\n$",
            app:ok("test spec/services/counter_spec.lua"))
    end)

    it("writes one of UDP", function()
        local app = cli.app("blog")

        app:ok("generate service clock udp")
        assert.matches("1 passed, 0 failed\n$",
            app:ok("test spec/services/clock_spec.lua"))
    end)

    it("leaves what config/services.lua says to its owner", function()
        local app = cli.app("blog")

        app:ok("generate service counter")

        local said = app:ok("generate service clock udp")
        assert.matches("name it in config/services.lua: clock = ", said)
        assert.not_matches("clock", app:read("config/services.lua"))

        local failed = app:run("test")
        assert.matches("config/services.lua has no service 'clock'",
            failed.stdout)
    end)

    it("refuses a protocol that there is not", function()
        local result = cli.app("blog"):run("generate service x sctp")

        assert.equal(1, result.code)
        assert.matches("a service speaks TCP, or UDP", result.stderr)
    end)
end)

describe("services of an app", function()
    local app = cli.app("blog")
    local port = ports.free()

    local function serve(text)
        app:write("application/services/shout.lua",
            "local S = Service()\nfunction S:data(line)\nreturn " .. text
            .. "\nend\nreturn S\n")
    end

    app:write("config/services.lua",
        "return { shout = { listen = " .. port .. " } }")
    serve("line:upper()")

    it("are served by pandan dev, which loads changed code", function()
        local server = app:dev()

        assert.equal("HELLO", ask(port, "hello"))
        serve("line:reverse()")
        assert.is_true(cli.wait(function()
            return ask(port, "hello") == "olleh"
        end))
        assert.equal(0, server.process:stop("INT", 10))
    end)

    it("are served by pandan start, and go on across a reload", function()
        app:start()

        local client = connect(port)
        client:send("hello\n")
        assert.equal("olleh", client:receive())

        serve("line:lower()")
        app:ok("reload")
        assert.is_true(cli.wait(function()
            return ask(port, "Hello") == "hello"
        end))

        -- who came before is served by the code of then
        client:send("Hello\n")
        assert.equal("olleH", client:receive())
        client:close()
        app:ok("stop")
    end)

    it("tell what is wrong with their configuration", function()
        for text, message in pairs({
            ["{ shout = {} }"] = "'shout' needs listen = PORT",
            ["{ shout = { listen = 1, protocol = 'x' } }"] =
                "the protocol of 'shout' is 'x'; there are tcp and udp",
            ["{ shout = { listen = 1, timeout = 'x' } }"] =
                "the timeout of 'shout' is not a number of seconds",
            ["{ ['s t'] = { listen = 1 } }"] = "'s t' is not a name",
        }) do
            app:write("config/services.lua", "return " .. text)

            local result = app:run("config nginx")
            assert.equal(6, result.code)
            assert.matches(message, result.stderr, 1, true)
        end
    end)

    it("load no stream module where there are none", function()
        app:write("config/services.lua", "return {}")
        assert.not_matches("ngx_stream", app:ok("config nginx"))
    end)
end)

describe("the page about services", function()
    it("shows an app whose specs pass", function()
        local book = book_app.files({ "services" })
        local app = cli.app("blog")
        local dir = certificates.folder()

        for path, text in pairs(book) do
            app:write(path, text)
        end

        -- of the services in its configuration the page shows two
        app:write("application/services/safe.lua", [[
            local Safe = Service()
            function Safe:data(line)
                return ngx.var.ssl_protocol .. " " .. line
            end
            return Safe
        ]])
        app:write("spec/services/others_spec.lua", [[
            local t = require("pandan.test")
            describe("others", function()
                it("speak TLS and UDP", function()
                    local safe = t.service("safe")
                    safe:send("hello\n")
                    assert.matches("^TLSv1.%d hello$", safe:receive())

                    local clock = t.service("clock")
                    clock:send("it is")
                    assert.matches("^it is: %d+$", clock:receive())
                end)
            end)
        ]])
        certificates.issue(dir, "safe", "safe.test")
        for _, suffix in ipairs({ "crt", "key" }) do
            app:write("config/tls/safe." .. suffix,
                files.read(dir .. "/safe." .. suffix))
        end

        assert.matches("3 passed, 0 failed\n$",
            app:ok("test"))
    end)
end)
