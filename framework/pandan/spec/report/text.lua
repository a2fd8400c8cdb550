-- SPDX-License-Identifier: MIT
--- What the reporters for people share: failures and the last line.
local text = {}

local function indented(lines)
    return "    " .. lines:gsub("\n", "\n    ")
end

--- error() puts the place before the message already.
local function with_place(message, place)
    if message:sub(1, #place + 1) == place .. ":" then
        return message
    end

    return place .. ": " .. message
end

---@param test table  a failed one
---@return string
function text.failure(test)
    local failed = test.failure
    local place = failed.place or test.place or test.file
    local parts = {
        ("FAILED %s: %s"):format(test.file, test.name),
        indented(with_place(failed.message, place)),
    }

    if failed.trace then
        parts[#parts + 1] = indented(failed.trace)
    end

    return table.concat(parts, "\n") .. "\n"
end

---@param result table
---@return string
function text.summary(result)
    local line = ("%d passed, %d failed"):format(result.passed, result.failed)

    if result.pending > 0 then
        line = line .. (", %d skipped"):format(result.pending)
    end

    return line .. "\n"
end

---@param result table
---@param output fun(text: string)
function text.failures(result, output)
    for _, test in ipairs(result.tests) do
        if test.status == "failed" then
            output("\n" .. text.failure(test))
        end
    end
end

return text
