-- SPDX-License-Identifier: MIT
--- Transactions. Without keys to watch, all of one goes out between MULTI and
--- EXEC in one write, over the shared connection; with them, a connection of
--- one's own watches the keys first.

local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")
local pipeline = require("pandan.redis.pipeline")
local session = require("pandan.redis.session")

---@class pandan.redis.transaction
local transaction = {}

local MULTI, EXEC, WATCH

local function heads()
    MULTI = methods.entry("multi").head
    EXEC = methods.entry("exec").head
    WATCH = methods.entry("watch").head
end

local function is_error(reply)
    return type(reply) == "table" and getmetatable(reply) == native.error
end

---The replies of EXEC, out of those of the whole batch.
---@param replies table
---@param count integer  of all its commands
function transaction.judge(replies, count)
    local last = replies[count]

    if is_error(last) then
        -- a command that could not even be queued says more
        for i = 2, count - 1 do
            if is_error(replies[i]) then
                return nil, replies[i].err, last.code, replies[i].server
            end
        end
        return nil, last.err, last.code, last.server
    elseif last == ngx.null then
        return nil, "a watched key was changed by another", "conflict"
    end

    local failed = 0
    for _, reply in ipairs(last) do
        failed = failed + (is_error(reply) and 1 or 0)
    end
    return last, failed
end

-- Runs what `collect` adds to a batch.
local function run(target, timeout, work, held)
    local batch = native.batch()
    native.add(batch, MULTI)

    local collector = pipeline.new(batch)
    local kept, err, code = work(collector, held)
    if kept == nil and err ~= nil then
        return nil, err, code
    end

    local count = native.add(batch, EXEC)
    local replies, failed, word
    replies, failed, code, word = native.run(target, timeout, batch)
    if not replies then
        return replies, failed, code, word
    end
    return transaction.judge(replies, count)
end

local function finish(held, ok, ...)
    held:release()
    if not ok then
        error(..., 0)
    end
    return ...
end

local function watched(client, work, keys)
    local held, err, code, word = session.open(client)
    if not held then
        return nil, err, code, word
    end

    local reply
    reply, err, code, word = native.call(held.lease, held.timeout, WATCH,
        keys)
    if err ~= nil then
        held:release()
        return reply, err, code, word
    end

    -- what was watched and not executed must not be lent again
    native.retire(held.lease)
    return finish(held, pcall(run, held.lease, held.timeout, work, held))
end

---@param client pandan.redis.client
---@param work function|table  see pandan.redis.client:transaction()
---@param options? { watch?: string|string[], retries?: integer }
---@param level integer  of the caller who is told of mistakes
function transaction.run(client, work, options, level)
    if not MULTI then
        heads()
    end

    local collect = pipeline.worker(work, level + 1)
    local keys = options and options.watch

    if not keys then
        return run(client.target or client:native_pool(), client.timeout,
            collect)
    end

    local retries = options.retries or 0
    while true do
        local replies, err, code, word = watched(client, collect, keys)

        if replies or code ~= "conflict" or retries <= 0 then
            return replies, err, code, word
        end
        retries = retries - 1
    end
end

return transaction
