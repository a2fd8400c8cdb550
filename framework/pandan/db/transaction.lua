-- SPDX-License-Identifier: MIT
--- A transaction: one connection, lent to one task of one request until the
--- function that was given it returns. Inner ones are savepoints.

local native = require("pandan.db.native")
local statements = require("pandan.db.statements")

---@class pandan.db.transaction
---@field db table        the database
---@field dialect string
---@field lease userdata  the connection
---@field depth integer   0 for the outermost
---@field ended boolean
local transaction = {}
transaction.__index = transaction

local begin = {
    sqlite = "BEGIN IMMEDIATE", postgres = "BEGIN", mysql = "BEGIN",
}

local misuse = {
    foreign = "the transaction belongs to another request",
    busy = "the transaction runs another statement just now, in another "
        .. "thread of this request",
}

---Where a transaction stands. A loop over rows that was left early ends here:
---its connection is wanted.
---@param lease userdata
---@return string
function transaction.state(lease)
    local state = native.state(lease)

    if state == "reading" then
        native.stop(lease)
        return native.state(lease)
    end
    return state
end

-- What statements run on.
local function target(self, level)
    if self.ended then
        error("the transaction has ended", level)
    end

    local state = transaction.state(self.lease)
    if state == "open" then
        return self.lease
    elseif state == "ended" then
        return nil, "the transaction was lost: an earlier statement took the "
            .. "connection or the server rolled it back", "closed"
    end
    error(misuse[state], level)
end

statements.mixin(transaction, target)

local function run(self, sql)
    if transaction.state(self.lease) ~= "open" then
        return nil, "the transaction was lost before its end", "closed"
    end
    return native.script(self.lease, sql)
end

local function undo(self)
    self.ended = true

    if self.depth > 0 then
        local name = "pdn_" .. self.depth
        return run(self, "ROLLBACK TO SAVEPOINT " .. name
            .. "; RELEASE SAVEPOINT " .. name)
    end

    -- what cannot be rolled back now is when the connection comes back
    local ok, err, code = true, nil, nil
    if transaction.state(self.lease) == "open" then
        ok, err, code = native.script(self.lease, "ROLLBACK")
    end
    native.finish(self.lease)
    return ok, err, code
end

local function keep(self)
    self.ended = true

    if self.depth > 0 then
        return run(self, "RELEASE SAVEPOINT pdn_" .. self.depth)
    end

    local ok, err, code, server = run(self, "COMMIT")
    native.finish(self.lease)
    return ok, err, code, server
end

---Rolls back now; the transaction cannot be used any more.
function transaction:rollback()
    target(self, 3)
    undo(self)
    return true
end

-- What fn returned, or how it failed.
local function settle(self, leave, ok, ...)
    leave()

    if not ok then
        if not self.ended then
            undo(self)
        end
        error((...), 0)
    end

    if self.ended then
        return ...
    end

    local first, err = ...
    if first == nil and err ~= nil then
        undo(self)
        return ...
    end

    local done, why, code, server = keep(self)
    if not done then
        return nil, why, code, server
    elseif select("#", ...) == 0 then
        return true
    end
    return ...
end

-- Statements of the database itself that this task runs belong to `tx`.
local function enter(db, tx)
    local task = native.task()
    local before = db.joined[task]

    db.joined[task] = tx
    return function()
        db.joined[task] = before
    end
end

local function start(db, lease, depth, fn)
    local tx = setmetatable({
        db = db, dialect = db.dialect, lease = lease, depth = depth,
        ended = false,
    }, transaction)

    return settle(tx, enter(db, tx), pcall(fn, tx))
end

---A transaction in this one: what it did alone is undone by its failure.
---@param fn fun(tx: pandan.db.transaction): ...
---@return any ...
function transaction:transaction(fn)
    if type(fn) ~= "function" then
        error("a transaction needs a function", 2)
    end

    local lease, err, code, server = target(self, 3)
    if lease then
        local ok
        ok, err, code, server = native.script(lease,
            "SAVEPOINT pdn_" .. self.depth + 1)
        lease = ok and lease
    end
    if not lease then
        return nil, err, code, server
    end
    return start(self.db, lease, self.depth + 1, fn)
end

---Begins one on a pool's connection and ends it with what `fn` does.
function transaction.run(db, pool, fn)
    local lease, err, code, server = native.begin(pool, begin[db.dialect])
    if not lease then
        return nil, err, code, server
    end
    return start(db, lease, 0, fn)
end

return transaction
