-- SPDX-License-Identifier: MIT
--- Every command of Redis as a method: `object:hset(key, field, value)`. A
--- method is made when it is first called.

local native = require("pandan.redis.native")

---@class pandan.redis.methods
local methods = {}

---@class pandan.redis.entry
---@field name string  in capitals
---@field head string  as the protocol writes it

-- Names become methods for ever, so there is an end to them.
local LIMIT = 1000

local entries, count = {}, 0

---@param name string
---@return pandan.redis.entry
function methods.entry(name)
    local entry = entries[name]

    if entry then
        return entry
    elseif type(name) ~= "string" or name == "" or #name > 64 then
        error("the name of a command must be a short string", 3)
    end

    entry = { name = name:upper(), head = native.head(name:upper()) }

    if count < LIMIT then
        entries[name] = entry
        count = count + 1
    end
    return entry
end

---Adds `command(name, ...)` and all methods to a class. `run(self, entry,
---...)` answers reply, or nil, err, code, word, or false and the caller's
---mistake.
---@param class table
---@param run function
function methods.install(class, run)
    -- Not by tail calls: the object, and with it its connection, is to stay
    -- on the stack until the answer is there.
    local function method(name)
        local entry = methods.entry(name)

        return function(self, ...)
            local reply, err, code, word = run(self, entry, ...)

            if err ~= nil then
                if reply == false then
                    error(err, 2)
                end
                return nil, err, code, word
            end
            return reply
        end
    end

    ---Any command by its name.
    function class:command(name, ...)
        local reply, err, code, word = run(self, methods.entry(name), ...)

        if err ~= nil then
            if reply == false then
                error(err, 2)
            end
            return nil, err, code, word
        end
        return reply
    end

    setmetatable(class, {
        __index = function(_, name)
            if type(name) ~= "string" or not name:find("^%l[%l%d_]*$") then
                return nil
            end

            local found = method(name)
            if count < LIMIT then
                class[name] = found
            end
            return found
        end,
    })
end

return methods
