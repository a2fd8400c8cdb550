-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local files = require("support.files")
local paths = require("support.paths")

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
end)
