-- SPDX-License-Identifier: MIT
--- A connection of one's own, lent from the pool for what a shared one cannot
--- do: watching keys, waiting, whatever changes the connection.

local commands = require("pandan.redis.commands")
local db_native = require("pandan.db.native")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")
local pipeline = require("pandan.redis.pipeline")

local call, retire = native.call, native.retire

---@class pandan.redis.session
local session = {}
session.__index = session

---@param client table  whose pool lends it
---@return pandan.redis.session? session
---@return string? err
---@return string? code
function session.open(client)
    local lease, err, code, word = db_native.begin(
        client.target or client:native_pool(), "")

    if not lease then
        return nil, err, code, word
    end
    return setmetatable({ lease = lease, timeout = client.timeout }, session)
end

-- Whatever may make the connection another one than it was keeps it from
-- being lent again.
local function run(self, entry, ...)
    local name = entry.name
    local timeout = self.timeout

    if commands.binds(name, (...)) then
        retire(self.lease)
    else
        local wait = commands.wait(name, ...)
        if wait then
            timeout = wait == 0 and 0 or wait + timeout
        end
    end
    return call(self.lease, timeout, entry.head, ...)
end

methods.install(session, run)

---As pandan.redis.client:pipeline().
function session:pipeline(work)
    local batch = pipeline.collect(work, 3)

    local replies, failed, code, word = native.run(self.lease, self.timeout,
        batch)
    if replies == false then
        error(failed, 2)
    end
    return replies, failed, code, word
end

---Gives the connection back; it is of no use afterwards.
function session:release()
    db_native.finish(self.lease)
end

return session
