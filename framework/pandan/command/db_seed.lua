-- SPDX-License-Identifier: MIT
--- `pandan db seed`: runs db/seeds.lua.

local support = require("pandan.command.db_support")

return support.guard(function()
    local context = support.context()
    local path = context.root .. "/db/seeds.lua"

    local handle = io.open(path)
    if not handle then
        return support.fail("there is no %s to run", path)
    end
    handle:close()

    local chunk, err = loadfile(path)
    if not chunk then
        return support.fail("%s", err)
    end
    if not support.reachable(context) then
        return 1
    end

    -- seeds see what the app's own files see: Model, LoadModel ...
    local app = (package.loaded["pandan"] or {}).app
    if app and app.loader then
        setfenv(chunk, app.loader.words)
    end

    local made = chunk()
    if type(made) == "function" then
        made(context.db)
    end

    support.say("Seeded from %s.", path)
    return 0
end)
