-- SPDX-License-Identifier: MIT
--- `pandan db status`: lists the migrations, run and waiting. The exit code is
--- 0 in both cases.

local migration = require("pandan.migration")
local support = require("pandan.command.db_support")

return support.guard(function()
    local context = support.context()
    if not support.reachable(context) then
        return 1
    end

    local list, err = migration.status(context.db, context.folder)
    if not list then
        return support.fail("%s", err)
    end

    if #list == 0 then
        support.say("There are no migrations in %s.", context.folder)
    end
    for _, file in ipairs(list) do
        support.say("  %-19s  %s_%s%s", file.applied_at or "waiting",
            file.version, file.name, file.path and "" or "  (file is missing)")
    end
    return 0
end)
