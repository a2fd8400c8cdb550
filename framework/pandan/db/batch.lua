-- SPDX-License-Identifier: MIT
--- Several statements at once: with a driver that can, in one round trip, with
--- the others one after the other.

local hook = require("pandan.db.hook")
local native = require("pandan.db.native")

---@class pandan.db.failure
---@field message string
---@field code string
---@field server_code? string
---@field fields? table<string, string>

---@class pandan.db.batch
local batch = {}

local LONGEST = 10000

local function check(list)
    if type(list) ~= "table" then
        error("a batch is a table of statements", 4)
    elseif #list == 0 or #list > LONGEST then
        error("a batch has 1 to " .. LONGEST .. " statements", 4)
    end

    for i, item in ipairs(list) do
        if type(item) ~= "table" or type(item[1]) ~= "string" then
            error("statement " .. i .. " of the batch is no table that "
                .. "begins with sql", 4)
        end
    end
end

-- One statement after the other; a mistake of the caller is raised when its
-- turn comes.
local function one_by_one(where, list)
    local results, errors = {}, nil

    for i, item in ipairs(list) do
        local rows, err, code, server, fields = native.query(where,
            unpack(item, 1, item.n or #item))

        if rows == false then
            return false, "statement " .. i .. " of the batch: " .. err
        elseif not rows then
            errors = errors or {}
            errors[i] = {
                message = err, code = code, server_code = server,
                fields = fields,
            }
        end
        results[i] = rows or false
    end
    return results, errors
end

local function run_native(where, _, list)
    if native.batches(where) then
        return native.batch(where, list)
    end
    return one_by_one(where, list)
end

---For `class:batch`, which is called by the user.
---@param self table
---@param target fun(self: table, level: integer): any, string?, string?
---@param list any[][]
function batch.run(self, target, list)
    check(list)

    local where, err, code, server = target(self, 4)
    if not where then
        return nil, err, code, server
    end

    local results, errors, fields
    if hook.listeners then
        results, errors, code, server, fields = hook.run(run_native, where,
            list[1][1], list)
    else
        results, errors, code, server, fields = run_native(where, nil, list)
    end

    if results == false then
        error(errors, 3)
    end
    if type(errors) == "table" then
        for _, failure in pairs(errors) do
            self:failed(failure.code)
        end
    end
    return results, errors, code, server, fields
end

return batch
