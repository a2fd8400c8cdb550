-- SPDX-License-Identifier: MIT
--- `pandan routes [--json]`: the app's routes.

local json = require("pandan.json")

local function say(text)
    io.stdout:write(text, "\n")
end

local function row_of(route)
    return {
        method = route.method, path = route.path,
        action = route.target,
        name = route.name_text,
    }
end

local function print_table(rows)
    local widths = { method = 6, path = 4, action = 6 }

    for _, row in ipairs(rows) do
        for key, width in pairs(widths) do
            widths[key] = math.max(width, #row[key])
        end
    end

    for _, row in ipairs(rows) do
        say((("%%-%ds  %%-%ds  %%-%ds  %%s"):format(widths.method,
            widths.path, widths.action):format(row.method, row.path,
            row.action, row.name or "")))
    end
end

return function(args)
    local rows = {}

    for _, route in ipairs(require("pandan").app.router.routes) do
        rows[#rows + 1] = row_of(route)
    end

    if args[1] == "--json" then
        say((json.encode(json.array(rows), { sort = true })))
    else
        print_table(rows)
    end
    return 0
end
