-- SPDX-License-Identifier: MIT
--- `pandan db rollback [--steps=N]`: undoes the last migrations.

local migration = require("pandan.migration")
local support = require("pandan.command.db_support")

return support.guard(function(args)
    local options, problem = support.options(args, { steps = true })
    local given = options and (options.steps or options[1] or 1)
    local steps = tonumber(given)

    if not steps or steps < 1 or steps ~= math.floor(steps) then
        support.fail("%s", problem or "rollback takes a number of steps, not '"
            .. tostring(given) .. "'")
        return 2
    end

    local context = support.context()
    if not support.reachable(context) then
        return 1
    end

    local count, err = migration.rollback(context.db, context.folder, {
        steps = steps, report = support.reporter("rolled back"),
    })

    if not count then
        return support.fail("%s", err)
    end
    if count == 0 then
        support.say("Nothing to roll back.")
    end
    return 0
end)
