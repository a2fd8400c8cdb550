-- SPDX-License-Identifier: MIT
--- The way from models to their database. `pandan.db` knows which transaction
--- the current task is in and runs the statements there; here they get their
--- way of failing: an error of class `sql_error` is raised.

local null = require("pandan.native").null

local unpack = unpack

-- What a call of Lua takes as arguments, with something to spare.
local MAX_BINDS = 7500

---@class pandan.model.connection
local connection = {}

---@class pandan.model.sql_error
---@field status integer  500
---@field code string     as the driver names it: "unique_violation" ...
---@field message string
---@field sql string
local sql_error = {}
sql_error.__index = sql_error

function sql_error:__tostring()
    return self.message .. " (" .. tostring(self.code) .. "), in: " .. self.sql
end

connection.sql_error = sql_error

---Whether a caught error is one of a database; with a code, also which.
function connection.is_sql_error(err, code)
    return type(err) == "table" and getmetatable(err) == sql_error
        and (code == nil or err.code == code)
end

---The database of a model: its own, or the app's.
function connection.database(model)
    local own = model and rawget(model, "database")

    if type(own) == "function" then
        return own()
    elseif type(own) == "string" then
        return require("pandan.db").get(own)
    end
    return own or require("pandan.db").get()
end

local function raise(text, err, code)
    error(setmetatable({
        status = 500,
        code = code or "error",
        message = err or "the database gave no answer",
        sql = text,
    }, sql_error), 0)
end

---Runs `fn(tx)` in a transaction; statements of this task's models belong to
---it. Within one it is a savepoint. What `fn` raises rolls back and goes on to
---the caller, as does a transaction that cannot begin or be committed; nil
---and an error from `fn` roll back and are returned.
---@param options? table  of db:transaction
function connection.transaction(db, fn, options)
    local refused

    local function note(first, ...)
        refused = first == nil
        return first, ...
    end

    local function finish(first, err, code, ...)
        if first == nil and err ~= nil and not refused then
            raise("COMMIT", err, code)
        end
        return first, err, code, ...
    end

    return finish(db:transaction(function(tx)
        return note(fn(tx))
    end, options))
end

---Runs a statement and returns its rows; raises a sql_error.
---@param db table
---@param text string
---@param binds any[]
---@param n integer
function connection.query(db, text, binds, n)
    if n > MAX_BINDS then
        raise(text, "a statement takes at most " .. MAX_BINDS
            .. " values, not " .. n, "error")
    end

    local rows, err, code = db:query(text, unpack(binds, 1, n))

    if not rows then
        raise(text, err, code)
    end
    return rows
end

---NULL as nil.
function connection.value(v)
    if v == null then
        return nil
    end
    return v
end

return connection
