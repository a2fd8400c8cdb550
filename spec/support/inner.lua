-- SPDX-License-Identifier: MIT
--- Runs the text of a spec file within a spec, to test the runner itself.
local spec = require("pandan.spec")

local inner = {}

---@param text string      what the file would hold
---@param settings? table  more settings of pandan.spec.run
---@return table result
---@return string output
function inner.run(text, settings)
    local pieces = {}
    local all = {
        files = { "inner_spec.lua" },
        load = function(file)
            return loadstring(text, "@" .. file)
        end,
        output = function(piece)
            pieces[#pieces + 1] = piece
        end,
    }

    for key, value in pairs(settings or {}) do
        all[key] = value
    end

    local result = spec.run(all)

    return result, table.concat(pieces)
end

---The message of the only failure there is.
---@return string
function inner.failure(text)
    local result = inner.run(text)

    for _, test in ipairs(result.tests) do
        if test.status == "failed" then
            return test.failure.message, test.failure.place
        end
    end

    error("nothing failed", 2)
end

return inner
