-- SPDX-License-Identifier: MIT
--- What an entry of a cache may be told: by the cache, by a call, by a loader.

local options = require("pandan.options")
local tags = require("pandan.cache.tags")

local settings = {}

settings.ENTRY = {
    ttl = { "number", default = 60, min = 0 },
    negative_ttl = { "number", default = 5, min = 0 },
    error_ttl = { "number", default = 1, min = 0 },
    stale = { "number", default = 0, min = 0 },
    stale_if_error = { "number", default = 3600, min = 0 },
    refresh = { "number", min = 0, max = 1 },
    wait = { "number", default = 5, min = 0 },
    load_timeout = { "number", default = 30, min = 0.001 },
    tags = { "table" },
    background = { "boolean", default = true },
}

-- What is given has no defaults: those are of the cache.
local GIVEN = {}

for name, rule in pairs(settings.ENTRY) do
    GIVEN[name] = { rule[1], min = rule.min, max = rule.max }
end

---@param base table
---@param given table   laid over it
---@param level integer as of error(), from the caller
---@return table
function settings.over(base, given, level)
    local merged = options.check(given, GIVEN, level + 1)

    tags.check(merged.tags, level + 1)

    for name, value in pairs(base) do
        if merged[name] == nil then
            merged[name] = value
        end
    end
    return merged
end

return settings
