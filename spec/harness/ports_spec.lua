-- SPDX-License-Identifier: MIT
local files = require("support.files")
local nginx = require("support.nginx")
local paths = require("support.paths")
local ports = require("support.ports")
local shell = require("support.shell")
local socket = require("socket")

-- What a spec file that runs beside this one, or after it, sees.
local function elsewhere(code)
    local program = ('package.path = "%s/spec/?.lua;" .. package.path '
        .. 'package.cpath = "%s/lib/?.so;" .. package.cpath '
        .. 'local ports = require("support.ports") print(%s)')
        :format(paths.root, paths.build, code)
    local result = shell.run("luajit -e " .. shell.quote(program))

    assert.equal(0, result.code, result.stderr)

    return (result.stdout:gsub("\n$", ""))
end

local function take(port)
    return elsewhere(("ports.take(%d)"):format(port))
end

describe("a port of the harness", function()
    it("is none that the kernel gives to connections", function()
        local low, high = files.read("/proc/sys/net/ipv4/ip_local_port_range")
            :match("(%d+)%s+(%d+)")
        local port = ports.free()

        low, high = tonumber(low), tonumber(high)
        if low <= 11000 and high >= 64535 then
            pending("the kernel takes nearly all ports of this machine")
        end

        assert.is_true(port < low or port > high)
    end)

    it("is not given to two", function()
        local port = ports.free()

        assert.equal("false", take(port))
        assert.is_false(ports.take(port))
    end)

    it("is free again when its process has ended", function()
        local port = tonumber(elsewhere("ports.free()"))

        assert.equal("true", take(port))
        assert.is_true(ports.take(port))
    end)

    it("has no server of somebody else, on whatever address", function()
        for _, address in ipairs({ "127.0.0.1", "127.0.0.2", "0.0.0.0" }) do
            local port = tonumber(elsewhere("ports.free()"))
            local listener = assert(socket.bind(address, port))

            assert.equal("false", take(port))
            listener:close()
        end
    end)

    it("is nobody's for datagrams either", function()
        local port = tonumber(elsewhere("ports.free()"))
        local datagrams = socket.udp()

        assert(datagrams:setsockname("127.0.0.1", port))
        assert.equal("false", take(port))
        datagrams:close()
    end)
end)

describe("nginx whose port somebody has", function()
    it("is not taken for one that is up", function()
        local listener = assert(socket.bind("127.0.0.1", 0))
        local _, port = listener:getsockname()

        assert.error_matches(function()
            nginx.start({
                server = "listen 127.0.0.1:" .. port .. ";",
            })
        end, "nginx did not start:.*Address already in use")
        listener:close()
    end)
end)
