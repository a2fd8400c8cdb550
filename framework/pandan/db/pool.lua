-- SPDX-License-Identifier: MIT
--- Finds the worker's pool of connections that are alike.

local metrics = require("pandan.db.metrics")
local native = require("pandan.db.native")

---@class pandan.db.pools
local pool = {}

-- Order makes the keys of two equal databases equal.
local function sorted(values)
    local names = {}
    for name in pairs(values) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

local function append_key(key, values)
    for _, name in ipairs(sorted(values)) do
        local value = tostring(values[name])
        key[#key + 1] = name .. "=" .. #value .. ":" .. value
    end
end

---@param driver string
---@param role string  parts pools that are otherwise alike
---@param options table<string, integer>   all of them
---@param keywords table<string, string>   how to connect
---@param changes? table<string, integer>  options of this role
---@param writer? pandan.db.pool
---@param name? string  for its counters; none of it is secret
---@return pandan.db.pool
function pool.find(driver, role, options, keywords, changes, writer, name)
    local names = sorted(keywords)
    local values, key = {}, { driver, role }

    for i, keyword in ipairs(names) do
        values[i] = keywords[keyword]
    end

    append_key(key, keywords)
    append_key(key, options)

    return native.pool(driver, table.concat(key, " "),
        changes and setmetatable(changes, { __index = options }) or options,
        names, values, writer, name and metrics.label(name, driver, role))
end

return pool
