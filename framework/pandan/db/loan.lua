-- SPDX-License-Identifier: MIT
--- Connections as the interfaces of other libraries have them: one is its
--- borrower's own, who holds it as `lease`, until it is parted with.

local native = require("pandan.db.native")

---@class pandan.db.loan
local loan = {}

-- Milliseconds, of what nobody set.
local TIMEOUT = 60000

-- What a pool needs; times that a call sets win over these.
local POOL = setmetatable({
    limit = 10000, pool_timeout = TIMEOUT, connect_timeout = TIMEOUT,
    query_timeout = TIMEOUT, idle_timeout = TIMEOUT,
}, { __index = function() return 0 end })

local MISSING = { __index = POOL }

---A key of values, which their lengths keep apart.
---@param ... any
---@return string
function loan.key(...)
    local list = { ... }

    for i = 1, select("#", ...) do
        local text = tostring(list[i])
        list[i] = #text .. ":" .. text
    end
    return table.concat(list, " ")
end

-- The worker's: of each driver, by their keys.
local pools = {}

---@param driver string
---@param key string      all that makes connections differ
---@param options table   of the pool; what is not there has its default
---@param words fun(...: any): table<string, any>  how to connect
---@param ... any         for `words`, which a new pool calls
---@return pandan.db.pool
function loan.pool(driver, key, options, words, ...)
    local known = pools[driver]
    if not known then
        known = {}
        pools[driver] = known
    end

    if not known[key] then
        local names, values = {}, {}
        for name, value in pairs(words(...)) do
            names[#names + 1] = name
            values[#values + 1] = tostring(value)
        end
        known[key] = native.pool(driver, "loan " .. key,
            setmetatable(options, MISSING), names, values)
    end
    return known[key]
end

---Finds pools by options. Calls come with the same ones again and again, in a
---table of their own each time: a key is only made of others than the last.
---@param names string[]  of all options that make connections differ
---@param find fun(options: table): pandan.db.pool
---@return fun(options: table): pandan.db.pool
function loan.finder(names, find)
    local last, pool = {}, nil

    return function(options)
        for i = 1, #names do
            local name = names[i]
            local value = options[name]

            if last[name] ~= value then
                last[name], pool = value, nil
            end
        end
        pool = pool or find(options)
        return pool
    end
end

---Why there is no connection, in the words of cosockets.
---@param err string
---@param code string?
---@return nil
---@return string err
function loan.failure(err, code)
    if code == "timeout" or code == "pool_timeout" then
        return nil, "timeout"
    elseif err:find("Connection refused", 1, true) then
        return nil, "connection refused"
    end
    return nil, err
end

---Parts with the connection.
---@param self table
---@param keep boolean  the pool takes it back; else it is closed
---@return integer? ok
---@return string? err
function loan.part(self, keep)
    local lease = self.lease

    if not lease then
        return nil, "closed"
    end
    self.lease = false
    native.part(lease, keep)
    return 1
end

---@param self table
---@return integer? times  it was lent before
---@return string? err
function loan.reused(self)
    if not self.lease then
        return nil, "closed"
    end
    return (native.about(self.lease))
end

return loan
