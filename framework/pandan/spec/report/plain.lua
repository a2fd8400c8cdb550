-- SPDX-License-Identifier: MIT
--- A sentence for each test.
local text = require("pandan.spec.report.text")

local plain = {}

local MARKS = { passed = "ok      ", failed = "FAILED  ", pending = "skipped " }

---@param output fun(text: string)
---@param settings table
---@return table
function plain.new(output, settings)
    local reporter = {}

    function reporter.on_file(file)
        output(file .. "\n")
    end

    function reporter.on_test(test)
        local why = test.message and (" (" .. test.message .. ")") or ""

        output("  " .. MARKS[test.status] .. test.name .. why .. "\n")
    end

    function reporter.on_end(result)
        text.failures(result, output)

        if settings.shuffle then
            output(("\nseed %d\n"):format(result.seed))
        end

        output("\n" .. text.summary(result))
    end

    return reporter
end

return plain
