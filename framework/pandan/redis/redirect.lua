-- SPDX-License-Identifier: MIT
--- What to do about a failure when there are several servers: ask another one,
--- wait a moment, or tell the caller.

local commands = require("pandan.redis.commands")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")
local session = require("pandan.redis.session")

local now = ngx.now
local reading, waiting = commands.reading, commands.waiting

---@class pandan.redis.redirect
local redirect = {}

local ASKING = methods.entry("asking").head

-- Seconds before the same is asked again.
local PAUSE = 0.03

-- The server was not reached, or says that it did nothing.
local undone = {
    connect_failed = true, cluster_down = true, try_again = true,
    read_only = true, loading = true, master_down = true,
    pool_timeout = false,
}

---Whether a failed command may be asked again, and where. Sleeps when the
---servers need a moment.
---@param topology table
---@param node pandan.redis.client?  who failed; nil: nobody was found
---@param name string      of the command; "": of none
---@param deadline number
---@param err string
---@param code string
---@return boolean again
---@return pandan.redis.client? asking  whom to ask once, with ASKING
function redirect.judge(topology, node, name, deadline, err, code)
    if code == "moved" then
        return topology:target(node, err) ~= nil
    elseif code == "ask" then
        local target = topology:target(node, err)
        return target ~= nil, target
    end

    -- what only reads may have been done before the connection was lost
    local again = undone[code]
        or code == "closed" and (reading[name] or name == "")

    if again or code == "closed" or code == "timeout" then
        if code ~= "try_again" and node then
            topology:failed(node)
        elseif not node then
            topology:doubt()
        end
    end
    if not again or now() + PAUSE >= deadline then
        return false
    end
    ngx.sleep(PAUSE)
    return true
end

-- A reply that stood in a list of replies.
local function unpack_reply(reply)
    if reply == ngx.null then
        return nil
    elseif type(reply) == "table" and getmetatable(reply) == native.error then
        return nil, reply.err, reply.code, reply.server
    end
    return reply
end

local function ask_alone(node, timeout, entry, ...)
    local held, err, code, word = session.open(node)
    if not held then
        return nil, err, code, word
    end

    local reply
    reply, err, code, word = native.call(held.lease, timeout, ASKING)
    if err == nil then
        local wait = commands.wait(entry.name, ...)
        reply, err, code, word = native.call(held.lease,
            wait == 0 and 0 or wait + timeout, entry.head, ...)
    end
    held:release()
    return reply, err, code, word
end

---Asks a server for what is about to be its own.
---@param node pandan.redis.client
---@param timeout number  milliseconds
---@param entry pandan.redis.entry
---@param ... any
---@return any reply
---@return string? err
---@return string? code
---@return string? word
function redirect.ask(node, timeout, entry, ...)
    if waiting[entry.name] and commands.wait(entry.name, ...) then
        return ask_alone(node, timeout, entry, ...)
    end

    -- next to each other, for others use the connection too
    local batch = native.batch()
    native.add(batch, ASKING)

    local count, mistake = native.add(batch, entry.head, ...)
    if not count then
        return false, mistake
    end

    local replies, err, code, word = native.run(
        node.target or node:native_pool(), timeout, batch)
    if not replies then
        return nil, err, code, word
    end
    return unpack_reply(replies[2])
end

return redirect
