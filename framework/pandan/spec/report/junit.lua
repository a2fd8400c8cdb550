-- SPDX-License-Identifier: MIT
--- JUnit's XML, for build servers.
local text = require("pandan.spec.report.text")

local junit = {}

local ENTITIES = {
    ["&"] = "&amp;",
    ["<"] = "&lt;",
    [">"] = "&gt;",
    ['"'] = "&quot;",
    ["\n"] = "&#10;",
}

local function escaped(value)
    -- XML 1.0 has no other control characters, not even as entities
    return (value:gsub("[%z\1-\8\11\12\14-\31]", "?")
        :gsub('[&<>"\n]', ENTITIES))
end

local function case(test)
    local head = ('  <testcase classname="%s" name="%s" time="%.3f"'):format(
        escaped(test.file), escaped(test.name), test.seconds
    )

    if test.status == "passed" then
        return head .. "/>\n"
    end

    if test.status == "pending" then
        return head .. "><skipped/></testcase>\n"
    end

    return ('%s><failure message="%s">%s</failure></testcase>\n'):format(
        head, escaped(test.failure.message), escaped(text.failure(test))
    )
end

---@param output fun(text: string)
---@return table
function junit.new(output)
    local reporter = {}

    function reporter.on_file() end

    function reporter.on_test() end

    function reporter.on_end(result)
        output('<?xml version="1.0" encoding="UTF-8"?>\n')
        output(('<testsuite name="pandan" tests="%d" failures="%d"'
            .. ' skipped="%d" time="%.3f">\n'):format(
            #result.tests, result.failed, result.pending, result.seconds
        ))

        for _, test in ipairs(result.tests) do
            output(case(test))
        end

        output("</testsuite>\n")
    end

    return reporter
end

return junit
