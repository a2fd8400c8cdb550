-- SPDX-License-Identifier: MIT
--- Which connection a model's statement runs on: that of the transaction which
--- the current task is in, else the pool of its database. The transaction is
--- kept with the task's own context (`ngx.ctx`), so no other request ever runs
--- on it. Statements that fail raise here, as errors of class `sql_error`.

local null = require("pandan.native").null

local unpack = unpack

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

-- Outside of nginx (the specs of this module) there is one task.
local lone_context = {}

local function context()
    if ngx == nil then
        return lone_context
    end

    local ok, ctx = pcall(function()
        return ngx.ctx
    end)
    return ok and ctx or lone_context
end

local function open_transactions()
    local ctx = context()
    local open = ctx.pandan_transactions
    if not open then
        open = {}
        ctx.pandan_transactions = open
    end
    return open
end

---The database of a model: its own, or the app's.
function connection.database(model)
    local own = model and rawget(model, "database")
    if type(own) == "function" then
        own = own()
    end
    return own or require("pandan.db")
end

---What to run a statement on now.
function connection.current(db)
    return open_transactions()[db] or db
end

---Runs `fn(tx)` in a transaction, which all models of this task use until it
---ends; within one it is a savepoint. An error rolls back and goes on.
function connection.transaction(db, fn)
    local open = open_transactions()
    local before = open[db]

    local function inside(tx)
        open[db] = tx
        return fn(tx)
    end

    local function pack(...)
        return select("#", ...), { ... }
    end

    local n, got = pack(pcall(function()
        return (before or db):transaction(inside)
    end))

    open[db] = before

    if not got[1] then
        error(got[2], 0)
    end
    return unpack(got, 2, n)
end

---Runs a statement and returns its rows; raises a sql_error.
---@param db table
---@param text string
---@param binds any[]
---@param n integer
function connection.query(db, text, binds, n)
    local rows, err, code = connection.current(db):query(text,
        unpack(binds, 1, n))

    if not rows then
        error(setmetatable({
            status = 500,
            code = code or "error",
            message = err or "the database gave no answer",
            sql = text,
        }, sql_error), 0)
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
