-- SPDX-License-Identifier: MIT
local fake = require("support.fake_server")
local redis = require("support.redis")

-- What a server may say to PING, and what is made of it.
local HOSTILE = {
    ["an unknown type"] = { "?\r\n", "a reply has an unknown type" },
    ["a length without end"] = {
        "$99999999999999999999\r\n", "a number is not one",
    },
    ["a length beyond the limit"] = {
        "$2000000000\r\n", "a length is out of bounds",
    },
    ["a negative length"] = { "*-2\r\n", "a length is out of bounds" },
    ["a string without its end"] = {
        "$3\r\nabcXY", "a string does not end where it should",
    },
    ["a line without its end"] = { "+OK\rX", "a line does not end" },
    ["an endless line"] = { "+" .. ("x"):rep(70000), "a line is too long" },
    ["lists in lists in lists"] = {
        ("*1\r\n"):rep(70), "lists lie too deep in lists",
    },
    ["a message within a reply"] = {
        "*1\r\n>1\r\n+x\r\n", "a message lies within a reply",
    },
    ["a boolean that is none"] = {
        "#x\r\n", "a boolean is neither t nor f",
    },
    ["an answer too many"] = {
        "+PONG\r\n+MORE\r\n", "an answer came that nobody had asked for",
    },
}

describe("a hostile server", function()
    local app

    setup(function()
        app = redis.app()
    end)

    for name, case in pairs(HOSTILE) do
        it("may send " .. name, function()
            local port = fake.start(case[1])

            app:run(([[
                local r = Redis.open("redis://127.0.0.1:%d?protocol=2")
                local reply, err, code = r:ping()
                if reply then
                    assert(reply == "PONG")
                else
                    assert(code == "protocol", code)
                    assert(err == "Redis broke the protocol: %s", err)
                end
                wait_until(function()
                    return r:stats().shared == 0
                end)
                settle(r)
            ]]):format(port, case[2]))
        end)
    end

    it("may claim to send much, and costs no memory", function()
        local port = fake.start("*1000000000\r\n$900000000\r\n")

        app:run(([[
            local function memory()
                for line in io.lines("/proc/self/status") do
                    local kb = line:match("^VmRSS:%%s+(%%d+)")
                    if kb then return tonumber(kb) end
                end
            end
            local r = Redis.open("redis://127.0.0.1:%d"
                .. "?protocol=2&query_timeout=100")
            local before = memory()
            local _, err, code = r:ping()
            assert(code == "timeout", code)
            assert(memory() - before < 8192)
            settle(r)
        ]]):format(port))
    end)

    it("may say things about its answers, which are left out", function()
        local port = fake.start("|1\r\n+ttl\r\n*2\r\n:1\r\n|1\r\n+a\r\n+b\r\n"
            .. ":2\r\n*2\r\n+x\r\n|1\r\n+k\r\n:3\r\n(123456789012345678901\r\n")

        app:run(([[
            local r = Redis.open("redis://127.0.0.1:%d?protocol=2")
            local reply = assert(r:ping())
            assert(reply[1] == "x" and reply[2] == "123456789012345678901")
        ]]):format(port))
    end)
end)
