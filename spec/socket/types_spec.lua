-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local files = require("support.files")
local paths = require("support.paths")
local stream = require("support.stream")

-- Tells what its socket can do.
local TELL = [[
    content_by_lua_block {
        local sock, names = ngx.req.socket(), {}
        for name in pairs(getmetatable(sock)) do
            if name ~= "__index" then
                names[#names + 1] = name
            end
        end
        table.sort(names)
        sock:send(table.concat(names, " "))
    }
]]

describe("the types of ngx.socket", function()
    local server, text

    setup(function()
        text = files.read(paths.root .. "/types/socket.lua")
        server = code_server.start()
    end)

    local function said(class)
        local names = {}

        for name in text:gmatch("\nfunction " .. class .. ":([%w_]+)") do
            names[#names + 1] = name
        end
        table.sort(names)

        return table.concat(names, " ")
    end

    local function given(class)
        return server:run(([[
            local names = {}
            for name in pairs(getmetatable(ngx.socket.CLASS())) do
                if name ~= "__index" then
                    names[#names + 1] = name
                end
            end
            table.sort(names)
            return table.concat(names, " ")
        ]]):gsub("CLASS", class))
    end

    it("tell of all methods, and of no others", function()
        assert.equal(given("tcp"), said("tcp"))
        assert.equal(given("udp"), said("udp"))
    end)

    it("tell of those that a client of stream has", function()
        local sessions = stream.start({
            stream = "server { listen 127.0.0.1:{{port_session}};" .. TELL
                .. "} server { listen 127.0.0.1:{{port_datagram}} udp;"
                .. TELL .. "}",
        })
        local client = stream.datagrams(sessions, "datagram")

        client:send("tell")
        assert.equal(client:receive(), said("datagram"))
        client:close()
        assert.equal(stream.ask(sessions, "session"), said("session"))
    end)
end)
