-- SPDX-License-Identifier: MIT
--- Statements that only read, of requests that run at the same time: what they
--- ask in one turn of the event loop goes to PostgreSQL as one batch, in one
--- packet, instead of in one each.
---
--- A timer asks for them all, so that nobody who leaves ends what others wait
--- for; each gets its own rows, or its own error.

local native = require("pandan.db.native")
local semaphore = require("ngx.semaphore")

---@class pandan.db.shared_reads
local shared_reads = {}

-- As many share a packet; with more, another connection gets some.
local MOST = 20

-- Packets under way; with more, each request asks for itself, and waits in the
-- pool's queue rather than for one of nginx's timers.
local TURNS = 64

-- Seconds beyond all times of the pool: a waiter never waits for ever.
local GRACE = 5

-- The gathering of each pool that shares: { pool, patience, turn, turns }.
local gatherings = {}

-- What is known of statements by their texts, so many at most.
local KNOWN = 1000
local known, count = {}, 0

local function only_reads(sql)
    local reads = known[sql]

    if reads == nil then
        reads = native.only_reads("postgres", sql)
        if count >= KNOWN then
            known, count = {}, 0
        end
        known[sql], count = reads, count + 1
    end
    return reads
end

-- Of a batch that the driver refused, for one statement of a careless caller.
local function one_by_one(pool, turn)
    local answers = {}

    for i, item in ipairs(turn) do
        local rows, err, code, server, fields = native.query(pool,
            unpack(item, 1, item.n))

        answers[i] = { rows, err, code, server, fields }
    end
    return answers
end

local function ask(pool, turn)
    local results, errors, code, server, fields = native.batch(pool, turn)
    local answers = {}

    if results == false then
        return one_by_one(pool, turn)
    end

    for i = 1, #turn do
        local failure = results and errors and errors[i]

        if failure then
            answers[i] = { nil, failure.message, failure.code,
                failure.server_code, failure.fields }
        elseif results then
            answers[i] = { results[i] }
        else
            answers[i] = { nil, errors, code, server, fields }
        end
    end
    return answers
end

local function flush(_, gathering, turn)
    -- those that come now begin another one
    if gathering.turn == turn then
        gathering.turn = nil
    end

    local ok, answers = pcall(ask, gathering.pool, turn)

    gathering.turns = gathering.turns - 1
    turn.answers = ok and answers or {}
    turn.err = not ok and answers or nil
    turn.done:post(#turn)
end

---From now on `query` gathers what is asked on this pool.
---@param pool pandan.db.pool
---@param options table<string, integer>
function shared_reads.add(pool, options)
    gatherings[pool] = gatherings[pool] or {
        pool = pool, turns = 0,
        patience = (options.pool_timeout + options.connect_timeout
            + options.query_timeout) / 1000 + GRACE,
    }
end

local function join(gathering, sql, ...)
    local turn = gathering.turn

    if not turn or #turn >= MOST then
        turn = { done = semaphore.new(0), reads = true }
        if gathering.turns >= TURNS
            or not ngx.timer.at(0, flush, gathering, turn)
        then
            return native.query(gathering.pool, sql, ...)
        end
        gathering.turn, gathering.turns = turn, gathering.turns + 1
    end

    local place = #turn + 1
    turn[place] = { sql, n = select("#", ...) + 1, ... }

    local ok, err = turn.done:wait(gathering.patience)
    local answer = ok and turn.answers[place]

    if not answer then
        return nil, turn.err or err, ok and "error" or "timeout"
    end
    return unpack(answer, 1, 5)
end

---As native.query(), which it is for all other pools, for leases, and for what
---may write.
---@param where pandan.db.pool|pandan.db.lease
---@param sql string
---@param ... any
function shared_reads.query(where, sql, ...)
    local gathering = gatherings[where]

    if gathering and only_reads(sql) then
        return join(gathering, sql, ...)
    end
    return native.query(where, sql, ...)
end

return shared_reads
