-- SPDX-License-Identifier: MIT
local json = require("pandan.json")
local log = require("pandan.log")

local function line(format, fields)
    local all = log.new({ format = format })
    local request = {
        id = "abc", sent_method = "GET", path = "/", remote_addr = "::1",
        id_parts = function(self)
            return self.id
        end,
    }
    local written = {}

    all.file = {
        write = function(_, text)
            written[#written + 1] = tostring(text)
        end,
        flush = function() end,
    }
    for name, value in pairs(fields or {}) do
        request[name] = value
    end
    all:request(request, { status = 200 }, 1.26)
    all:flush()
    return table.concat(written)
end

describe("the request log", function()
    it("has one JSON object a line", function()
        local found = json.decode(line("json", {
            route = { target = "posts@index" },
            queries = { { ms = 1 }, { ms = 0.52 } },
        }))

        assert.matches("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", found.time)
        found.time = nil
        assert.same({
            action = "posts@index", client = "::1", id = "abc",
            method = "GET", ms = 1.3, path = "/", queries = 2,
            query_ms = 1.5, status = 200,
        }, found)
    end)

    it("quotes what a client chose", function()
        local path = '/a"b\\c\n{"x":1}\255'
        local text = line("json", { path = path })

        assert.equal(1, select(2, text:gsub("\n", "")))
        assert.equal('/a"b\\c\n{"x":1}\239\191\189', json.decode(text).path)
    end)

    it("is one line as text, too", function()
        local text = line("text", { path = "/a\nGET /forged" })

        assert.equal(1, select(2, text:gsub("\n", "")))
        assert.matches("200 GET /a?GET /forged  1.3 ms", text, 1, true)
    end)

    it("says nothing when told so", function()
        assert.equal("", line("none"))
    end)
end)
