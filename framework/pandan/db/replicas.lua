-- SPDX-License-Identifier: MIT
--- Which server of several answers: statements that only read go to replicas
--- in turn, all else to the primary; and so does everything in a request that
--- wrote once, since a replica may not know of it yet. One that does not
--- answer is left alone for a while, and the next one asked, at last the
--- primary.

local native = require("pandan.db.native")

---@class pandan.db.replicas
---@field list pandan.db.database[]
---@field retry integer  ms that one is left alone
---@field mark integer   the bit of a request that wrote
---@field turn integer
---@field down table<integer, number>  place → when it is asked again
---@field places table<userdata, integer>  pool → place
local replicas = {}
replicas.__index = replicas

local MARKS = 64
local marks = 0

---@param list pandan.db.database[]
---@param retry integer
function replicas.new(list, retry)
    marks = marks % MARKS + 1
    return setmetatable({
        list = list, retry = retry, mark = marks - 1, turn = 0, down = {},
        places = {},
    }, replicas)
end

-- The pool of the next one that is not left alone; nil when all are.
function replicas:next()
    local now = native.clock()

    for _ = 1, #self.list do
        local place = self.turn % #self.list + 1
        self.turn = place

        if (self.down[place] or 0) <= now then
            local pool = self.list[place]:pool()
            self.places[pool] = place
            return pool
        end
    end
end

---The pool that the statement may be read from; nil: it is the primary's.
---@param dialect string
---@param sql? string  nil: who asks may write
function replicas:choose(dialect, sql)
    if not sql or not native.only_reads(dialect, sql) then
        native.mark(self.mark)
        return nil
    end
    return self:reading()
end

---The same for who surely only reads.
function replicas:reading()
    if not native.marked(self.mark) then
        return self:next()
    end
end

---Where to try again what failed on a replica; nil, false: nowhere, since it
---was the primary or the statement itself is at fault.
---@param where userdata
---@return userdata? pool
---@return boolean primary  it is to be tried there
function replicas:failed(code, where, err)
    local place = self.places[where]

    if not place then
        return nil, false
    elseif code == "read_only" then
        native.mark(self.mark)
        return nil, true
    elseif code == "connect_failed" or code == "closed"
        or code == "timeout" and err:find("^no connection")
    then
        self.down[place] = native.clock() + self.retry
        return self:next(), true
    end
    return nil, false
end

return replicas
