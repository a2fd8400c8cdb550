-- SPDX-License-Identifier: MIT
--- Rows in parts, as they come from the server: memory stays the same however
--- many there are. A loop that is left early leaves the statement open until
--- the request ends; the second value that `each` gives closes it before:
---
---     local next_row, cursor = db:each("SELECT * FROM big")
---     local first = next_row()
---     cursor:close()
---
--- A driver that cannot do it gives all rows at once, and the rest is the same.

local native = require("pandan.db.native")

---@class pandan.db.stream
local stream = {}

---@class pandan.db.cursor
---@field reader userdata?  nil when all was read
local cursor = {}
cursor.__index = cursor

---Ends the statement. In a transaction this reads what is left of it.
---@return true? done
---@return string? err
---@return string? code
function cursor:close()
    local reader = self.reader
    self.reader = nil
    self.rows, self.place = {}, 0

    if reader then
        return native.stop(reader)
    end
    return true
end

-- The next rows: nil at the end, or nil and what went wrong.
local function more(self)
    if not self.reader then
        return nil
    end

    local rows, err, code, server, fields = native.more(self.reader)
    if rows then
        return rows
    end

    self.reader = nil
    return nil, err, code, server, fields
end

---An iterator over the rows, for `for`; it raises what goes wrong.
---@param rows table[]
---@param reader userdata?
---@return fun(): table?
---@return pandan.db.cursor
function stream.iterate(rows, reader)
    local self = setmetatable({ rows = rows, place = 0, reader = reader },
        cursor)

    return function()
        while true do
            local place = self.place + 1
            local row = self.rows[place]

            if row then
                self.place = place
                return row
            end

            local err, code
            rows, err, code = more(self)
            if err then
                error(err .. " (" .. tostring(code) .. ")", 2)
            elseif not rows then
                return nil
            end
            self.rows, self.place = rows, 0
        end
    end, self
end

-- What `fn` made of these rows; false when it wants no more.
local function each_row(rows, fn, count)
    for i = 1, #rows do
        if fn(rows[i]) == false then
            return false, count + i
        end
    end
    return true, count + #rows
end

---Calls `fn` for each row until it returns false.
---@param rows table[]
---@param reader userdata?
---@param fn fun(row: table): boolean?
---@return integer? count  of the rows that `fn` was given
---@return string? err
---@return string? code
function stream.call(rows, reader, fn)
    local self = setmetatable({ reader = reader }, cursor)
    local count = 0

    while rows do
        local ok, go_on, seen = pcall(each_row, rows, fn, count)
        if not ok then
            self:close()
            error(go_on, 0)
        end

        count = seen
        if not go_on then
            local done, err, code = self:close()
            return done and count, err, code
        end

        local err, code, server, fields
        rows, err, code, server, fields = more(self)
        if err then
            return nil, err, code, server, fields
        end
    end
    return count
end

---All values but the last one.
---@param count integer
---@param ... any
function stream.without_last(count, ...)
    if count > 1 then
        return unpack({ ... }, 1, count - 1)
    end
end

return stream
