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
---@field root table      the outermost
---@field ended boolean
---@field failure? string of the outermost: the code of what failed last
---@field done? boolean   of the outermost: it was committed
local transaction = {}
transaction.__index = transaction

-- Failures that another try may not meet.
local TRANSIENT = { serialization_failure = true, deadlock = true }

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

function transaction:failed(code)
    self.root.failure = code
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
    self.done = ok and true
    self.failure = code
    return ok, err, code, server
end

---Rolls back now; the transaction cannot be used any more.
function transaction:rollback()
    target(self, 3)
    undo(self)
    return true
end

-- "raised" or "returned", and what.
local function settle(self, leave, ok, ...)
    leave()

    if not ok then
        if not self.ended then
            undo(self)
        end
        return "raised", (...)
    end

    if self.ended then
        return "returned", ...
    end

    local first, err = ...
    if first == nil and err ~= nil then
        undo(self)
        return "returned", ...
    end

    local done, why, code, server = keep(self)
    if not done then
        return "returned", nil, why, code, server
    elseif select("#", ...) == 0 then
        return "returned", true
    end
    return "returned", ...
end

local function unwrap(how, ...)
    if how == "raised" then
        error((...), 0)
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

local function start(db, lease, outer, fn)
    local tx = setmetatable({
        db = db, dialect = db.dialect, lease = lease,
        depth = outer and outer.depth + 1 or 0, ended = false,
    }, transaction)

    tx.root = outer and outer.root or tx
    return tx, settle(tx, enter(db, tx), pcall(fn, tx))
end

---A transaction in this one: what it did alone is undone by its failure.
---@param fn fun(tx: pandan.db.transaction): ...
---@param options? table  only the outermost may have some
---@return any ...
function transaction:transaction(fn, options)
    if type(fn) ~= "function" then
        error("a transaction needs a function", 2)
    elseif options and next(options) ~= nil then
        error("an inner transaction has no options: they are the outermost's",
            2)
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
    return unwrap(select(2, start(self.db, lease, self, fn)))
end

local attempt

-- Twice as long each time, and never two at the same pace.
local function wait(count)
    ngx.sleep(math.min(0.005 * 2 ^ count, 1) * (0.5 + math.random()))
end

local function finish(db, pool, fn, options, count, tx, ...)
    if count <= options.retry and not tx.done and TRANSIENT[tx.failure] then
        wait(count)
        return attempt(db, pool, fn, options, count + 1)
    end
    return unwrap(...)
end

-- With SQLite another process may write: there is no other one to fail for.
local function may_begin_again(db, code, options, count)
    return count <= options.retry and db.dialect == "sqlite" and code == "busy"
end

attempt = function(db, pool, fn, options, count)
    local lease, err, code, server = native.begin(pool, options.sql)

    if lease then
        return finish(db, pool, fn, options, count, start(db, lease, nil, fn))
    elseif may_begin_again(db, code, options, count) then
        wait(count)
        return attempt(db, pool, fn, options, count + 1)
    end
    return nil, err, code, server
end

---Begins one on a pool's connection and ends it with what `fn` does.
---@param options table  of pandan.db.begin
function transaction.run(db, pool, fn, options)
    return attempt(db, pool, fn, options, 1)
end

return transaction
