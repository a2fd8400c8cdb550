-- SPDX-License-Identifier: MIT
--- A character for each test.
local text = require("pandan.spec.report.text")

local dots = {}

local MARKS = { passed = ".", failed = "F", pending = "s" }

---@param output fun(text: string)
---@return table
function dots.new(output)
    local reporter = {}

    function reporter.on_file() end

    function reporter.on_test(test)
        output(MARKS[test.status])
    end

    function reporter.on_end(result)
        output("\n")
        text.failures(result, output)
        output(text.summary(result))
    end

    return reporter
end

return dots
