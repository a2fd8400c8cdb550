-- SPDX-License-Identifier: MIT
--- Runs spec files in this process: luajit spec/support/main.lua FILE ...
local root = os.getenv("PANDAN_ROOT") or "."
local build = os.getenv("PANDAN_BUILD") or root .. "/build"

package.path = table.concat({
    root .. "/framework/?.lua",
    root .. "/framework/?/init.lua",
    root .. "/spec/?.lua",
    package.path,
}, ";")
package.cpath = build .. "/lib/?.so;" .. package.cpath

local cleanup = require("support.cleanup")
local spec = require("pandan.spec")

local function take_last_line(pieces)
    local text = table.concat(pieces)

    return text:match("^(.*\n)([^\n]+\n)$")
end

local function summary(result, problems)
    local skipped = ""

    if result.pending > 0 then
        skipped = (", %d skipped"):format(result.pending)
    end

    return ("%d passed, %d failed%s\n"):format(
        result.passed, result.failed + #problems, skipped
    )
end

local function main(args)
    local pieces = {}
    local settings = {
        clock = require("socket").gettime,
        output = function(piece)
            pieces[#pieces + 1] = piece
        end,
    }
    local result, err = spec.main(args, settings)

    if not result then
        io.stderr:write(err, "\n", spec.help(), "\n")

        return 2
    end

    local problems = cleanup.run(result.failed > 0)
    local body, last = take_last_line(pieces)

    -- the files' servers have their say before the sum
    if last and last:find("^%d+ passed, ") then
        io.stdout:write(body)

        for _, problem in ipairs(problems) do
            io.stdout:write("FAILED (cleaning up) ", problem, "\n")
        end

        io.stdout:write(summary(result, problems))
    else
        io.stdout:write(table.concat(pieces))
    end

    return (result.failed + #problems > 0) and 1 or 0
end

os.exit(main(arg))
