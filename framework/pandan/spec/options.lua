-- SPDX-License-Identifier: MIT
--- The runner's options: one table, from which parsing, defaults and help
--- come.
local options = {}

local FORMATS = { "plain", "dots", "tap", "junit", "json" }

local function text(value)
    return value
end

local function list(value)
    local items = {}

    for item in value:gmatch("[^,]+") do
        items[#items + 1] = item:gsub("^#", "")
    end

    return items
end

local function format(value)
    for _, name in ipairs(FORMATS) do
        if name == value then
            return value
        end
    end

    return nil, "no such format: '" .. value .. "'; there are "
        .. table.concat(FORMATS, ", ")
end

local function integer(value)
    local number = tonumber(value)

    if not number or number % 1 ~= 0 then
        return nil, "not a whole number: '" .. value .. "'"
    end

    return number
end

local ROWS = {
    { "filter", text, "only tests whose name matches the Lua pattern" },
    { "filter-out", text, "without tests whose name matches" },
    { "tags", list, "only tests tagged so: a,b" },
    { "exclude-tags", list, "without tests tagged so" },
    { "format", format, table.concat(FORMATS, ", ") },
    { "seed", integer, "decides the order, with --shuffle" },
    { "shuffle", false, "run in another order" },
    { "fail-fast", false, "stop at the first failure" },
    { "list", false, "print the names, run nothing" },
}

local function row_of(name)
    for _, row in ipairs(ROWS) do
        if row[1] == name then
            return row
        end
    end

    return nil
end

local function default_output(piece)
    io.stdout:write(piece)
end

---Fills in the defaults.
---@param given table
---@return table
function options.complete(given)
    local settings = {}

    for key, value in pairs(given) do
        settings[key] = value
    end

    settings.files = { unpack(given.files or {}) }
    settings.output = given.output or default_output
    settings.format = given.format or "plain"
    settings.seed = given.seed or os.time()

    return settings
end

---@return table reporter  { on_file, on_test, on_end }
function options.reporter(settings)
    local known, err = format(settings.format)

    if not known then
        error(err, 3)
    end

    return require("pandan.spec.report." .. known).new(settings.output,
        settings)
end

local function take(settings, args, at)
    local name, value = args[at]:match("^%-%-([%w%-]+)=?(.*)$")
    local row = name and row_of(name)

    if not row then
        return nil, "unknown option '" .. args[at] .. "'"
    end

    local key = name:gsub("-", "_")

    if not row[2] then
        settings[key] = true

        return at
    end

    if not args[at]:find("=", 1, true) then
        at = at + 1
        value = args[at]

        if value == nil then
            return nil, "--" .. name .. " needs a value"
        end
    end

    local read, err = row[2](value)

    if read == nil then
        return nil, err
    end

    settings[key] = read

    return at
end

---@param args string[]
---@param more? table
---@return table? settings
---@return string? err
function options.parse(args, more)
    local settings = { files = {} }

    for key, value in pairs(more or {}) do
        settings[key] = value
    end

    local files = {}
    local at = 1

    while at <= #args do
        if args[at]:sub(1, 1) == "-" then
            local last, err = take(settings, args, at)

            if not last then
                return nil, err
            end

            at = last
        else
            files[#files + 1] = args[at]
        end

        at = at + 1
    end

    if #files > 0 then
        settings.files = files
    end

    return settings
end

---@return string
function options.help()
    local lines = {}

    for i, row in ipairs(ROWS) do
        local left = "--" .. row[1] .. (row[2] and "=..." or "")

        lines[i] = ("  %-20s %s"):format(left, row[3])
    end

    return table.concat(lines, "\n")
end

return options
