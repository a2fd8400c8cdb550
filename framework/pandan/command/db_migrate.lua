-- SPDX-License-Identifier: MIT
--- `pandan db migrate [--to=VERSION]`: runs the migrations that wait.

local migration = require("pandan.migration")
local support = require("pandan.command.db_support")

return support.guard(function(args)
    local options, problem = support.options(args, { to = true })
    if not options then
        support.fail("%s", problem)
        return 2
    end

    local context = support.context()
    if not support.reachable(context) then
        return 1
    end

    local count, err = migration.migrate(context.db, context.folder, {
        to = options.to, report = support.reporter("migrated"),
    })

    if not count then
        return support.fail("%s", err)
    end
    if count == 0 then
        support.say("Nothing to migrate.")
    end
    return 0
end)
