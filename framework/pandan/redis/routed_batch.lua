-- SPDX-License-Identifier: MIT
--- Pipelines and transactions where there are several servers. Commands are
--- kept as they were given until it is known who gets them, and so can be
--- given to another when that one refuses.

local commands = require("pandan.redis.commands")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")
local pipeline = require("pandan.redis.pipeline")
local redirect = require("pandan.redis.redirect")
local transaction = require("pandan.redis.transaction")

local now = ngx.now

---@class pandan.redis.routed_batch
local routed_batch = {}

-- Replies that say that nothing was done, and that another may.
local refusals = {
    moved = true, ask = true, try_again = true, cluster_down = true,
    read_only = true, loading = true, master_down = true,
    connect_failed = true,
}

---@class pandan.redis.recorder
local recorder = {}
recorder.__index = recorder

function recorder:put(entry, ...)
    local name = entry.name

    if commands.binds(name, (...)) or commands.wait(name, ...) then
        return false, name .. " cannot be part of a pipeline"
    end

    local list = self.list
    list[#list + 1] = {
        entry = entry, key = commands.key(name, ...), n = select("#", ...),
        ...,
    }
    return #list
end

methods.install(recorder, recorder.put)

-- The commands of `work`, a function or a list.
local function record(work, level)
    local self = setmetatable({ list = {} }, recorder)
    local kept, err, code = pipeline.worker(work, level + 1)(self)

    return self.list, kept == nil and err or nil, code
end

local function add(batch, one, level)
    local count, err = native.add(batch, one.entry.head, unpack(one, 1, one.n))

    if not count then
        error(err, level + 1)
    end
    return count
end

local function failure(err, code, word)
    return setmetatable({ err = err, code = code, server = word },
        native.error)
end

-- Which servers get which commands, by their places in the list.
local function group(self, list, deadline)
    local groups, order = {}, {}

    for i, one in ipairs(list) do
        local reads = commands.reading[one.entry.name] and self.reads
        local node, err, code = self.topology:find(one.key, reads, deadline)

        if not node then
            return nil, err, code
        elseif not groups[node] then
            groups[node] = { node = node, batch = native.batch() }
            order[#order + 1] = groups[node]
        end
        table.insert(groups[node], i)
    end
    return order
end

local function run_group(one, deadline, replies)
    local node = one.node
    local found, err, code, word = native.run(
        node.target or node:native_pool(),
        math.max(1, (deadline - now()) * 1000), one.batch)

    for i, place in ipairs(one) do
        replies[place] = found and found[i] or failure(err, code, word)
    end
    return not found and { err, code, word } or nil
end

-- All groups side by side; what failed as a whole is a list of errors.
local function run_groups(order, deadline, replies)
    local threads, failures = {}, {}

    for i = 2, #order do
        threads[i] = ngx.thread.spawn(run_group, order[i], deadline, replies)
    end
    failures[1] = run_group(order[1], deadline, replies)

    for i = 2, #order do
        local ok, failed = ngx.thread.wait(threads[i])
        if not ok then
            error(failed, 0)
        end
        failures[#failures + 1] = failed
    end
    return failures
end

local function is_error(reply)
    return type(reply) == "table" and getmetatable(reply) == native.error
end

-- One after the other, what was refused.
local function repeat_refused(self, list, replies, run, deadline)
    for i, one in ipairs(list) do
        local reply = replies[i]

        if is_error(reply) and refusals[reply.code] then
            self.topology:doubt()

            local found, err, code, word = run(self, deadline, one.entry,
                unpack(one, 1, one.n))
            if err ~= nil then
                replies[i] = failure(err, code, word)
            elseif found == nil then
                replies[i] = ngx.null
            else
                replies[i] = found
            end
        end
    end
end

---@param self pandan.redis.routed
---@param work function|table
---@param run function  of one command: (self, deadline, entry, ...)
---@param level integer  of the caller who is told of mistakes
---@return table? replies
---@return integer|string failed
---@return string? code
---@return string? word
function routed_batch.pipeline(self, work, run, level)
    local list = record(work, level + 1)
    if #list == 0 then
        return {}, 0
    end

    local deadline = now() + self.timeout / 1000
    local order, err, code = group(self, list, deadline)
    if not order then
        return nil, err, code
    end

    for _, one in ipairs(order) do
        for _, place in ipairs(one) do
            add(one.batch, list[place], level)
        end
    end

    local replies = {}
    local failures = run_groups(order, deadline, replies)

    repeat_refused(self, list, replies, run, deadline)

    local failed = 0
    for i, one in ipairs(list) do
        local reply = replies[i]
        if is_error(reply) then
            failed = failed + 1
            if reply.code == "cross_slot" then
                reply.err = self.topology.explain(one.entry.name, reply.err,
                    unpack(one, 1, one.n))
            end
        end
    end

    -- as of one server, when nothing at all came back
    if #failures == #order and failed == #list then
        local first = replies[1]
        return nil, first.err, first.code, first.server
    end
    return replies, failed
end

-- The key that says whose it is; all others must be of its slot.
local function key_of(list)
    local first

    for _, one in ipairs(list) do
        if one.key then
            first = first or one.key
            if native.slot(one.key) ~= native.slot(first) then
                return nil, ("a transaction is of one slot, but '%s' is in "
                    .. "slot %d, '%s' in slot %d; keys with a common part in "
                    .. "braces, as {user1}a and {user1}b, share a slot")
                    :format(first, native.slot(first), one.key,
                        native.slot(one.key)), "cross_slot"
            end
        end
    end
    return first or false
end

local function run_list(list, level)
    local multi, exec = methods.entry("multi"), methods.entry("exec")

    return function(node, left)
        local batch = native.batch()

        native.add(batch, multi.head)
        for _, one in ipairs(list) do
            add(batch, one, level + 3)
        end

        local count = native.add(batch, exec.head)
        local replies, err, code, word = native.run(
            node.target or node:native_pool(), left, batch)
        if not replies then
            return nil, err, code, word
        end
        return transaction.judge(replies, count)
    end
end

-- Of a transaction that was refused, why.
local function reason(err, code)
    if code == "aborted" then
        return err:find("^MOVED ") and "moved"
            or err:find("^READONLY ") and "read_only"
            or err:find("^CLUSTERDOWN ") and "cluster_down"
            or (err:find("^ASK ") or err:find("^TRYAGAIN ")) and "try_again"
            or code
    end
    return code
end

---@param self pandan.redis.routed
---@param work function|table
---@param options? table  see pandan.redis.client:transaction()
---@param level integer
---@return table? replies
---@return integer|string failed
---@return string? code
---@return string? word
function routed_batch.transaction(self, work, options, level)
    local key, err, code, word, list, try
    local watch = options and options.watch
    local deadline = now() + self.timeout / 1000

    if watch then
        key = type(watch) == "table" and watch[1] or watch
        try = function(node)
            return transaction.run(node, work, options, level + 2)
        end
    else
        list, err, code = record(work, level + 1)
        if err then
            return nil, err, code
        end
        if self.topology.explain then
            key, err, code = key_of(list)
            if key == nil then
                return nil, err, code
            end
        end
        try = run_list(list, level)
    end

    while true do
        local node, replies, failed
        node, err, code = self.topology:find(key or nil, nil, deadline)

        if node then
            replies, failed, code, word = try(node,
                math.max(1, (deadline - now()) * 1000))
            if replies then
                return replies, failed
            end
            err = failed
        end
        if not redirect.judge(self.topology, node, "EXEC", deadline, err,
            reason(err, code))
        then
            return nil, err, code, word
        end
    end
end

return routed_batch
