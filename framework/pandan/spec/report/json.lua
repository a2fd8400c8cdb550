-- SPDX-License-Identifier: MIT
--- One JSON object, for programs.  Writes its few shapes itself, for the
--- runner is to work where nothing else does.
local json = {}

local function quoted(value)
    return '"' .. tostring(value):gsub('[%c"\\\127-\255]', function(byte)
        if byte:byte() >= 128 then
            return byte
        end

        return ("\\u%04x"):format(byte:byte())
    end) .. '"'
end

local function case(test)
    local failed = test.failure or {}
    local fields = {
        '"name":' .. quoted(test.name),
        '"file":' .. quoted(test.file),
        '"status":' .. quoted(test.status),
        ('"seconds":%.3f'):format(test.seconds),
    }

    for _, key in ipairs({ "message", "place", "trace" }) do
        if failed[key] then
            fields[#fields + 1] = quoted(key) .. ":" .. quoted(failed[key])
        end
    end

    return "{" .. table.concat(fields, ",") .. "}"
end

---@param output fun(text: string)
---@return table
function json.new(output)
    local reporter = {}

    function reporter.on_file() end

    function reporter.on_test() end

    function reporter.on_end(result)
        local cases = {}

        for i, test in ipairs(result.tests) do
            cases[i] = case(test)
        end

        output(('{"passed":%d,"failed":%d,"pending":%d,"seconds":%.3f,'
            .. '"seed":%d,"tests":[%s]}\n'):format(
            result.passed, result.failed, result.pending, result.seconds,
            result.seed, table.concat(cases, ",")
        ))
    end

    return reporter
end

return json
