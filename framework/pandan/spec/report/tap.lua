-- SPDX-License-Identifier: MIT
--- TAP 13, for tools that read it.
local text = require("pandan.spec.report.text")

local tap = {}

---@param output fun(text: string)
---@return table
function tap.new(output)
    local reporter, count = {}, 0

    output("TAP version 13\n")

    function reporter.on_file(file)
        output("# " .. file .. "\n")
    end

    function reporter.on_test(test)
        count = count + 1

        local failed = test.status == "failed"
        local skipped = test.status == "pending" and " # SKIP" or ""
        local name = test.name:gsub("#", "\\#"):gsub("\n", " ")

        output(("%sok %d - %s%s\n"):format(
            failed and "not " or "", count, name, skipped
        ))

        if failed then
            output("# " .. text.failure(test):gsub("\n$", "")
                :gsub("\n", "\n# ") .. "\n")
        end
    end

    function reporter.on_end(result)
        output(("1..%d\n# %s"):format(count, text.summary(result)))
    end

    return reporter
end

return tap
