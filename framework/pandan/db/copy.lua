-- SPDX-License-Identifier: MIT
--- PostgreSQL's COPY, in pieces: neither side keeps all of it.

local native = require("pandan.db.native")

---@class pandan.db.copy
local copy = {}

-- The statement was no COPY, or one of the other direction.
local function wrong(reader, text)
    if reader then
        native.stop(reader)
    end
    error(text, 3)
end

---@param text string|table|true  the first piece
---@param reader userdata?
---@param fn? fun(text: string): boolean?
function copy.to(text, reader, fn)
    local parts, size = {}, 0

    -- without a row there is no piece, only how it ended
    if text == true or (type(text) == "table" and #text.columns > 0) then
        wrong(reader, "copy_to() takes COPY ... TO STDOUT")
    end

    while type(text) == "string" do
        size = size + #text

        if not fn then
            parts[#parts + 1] = text
        else
            local ok, go_on = pcall(fn, text)
            if not ok or go_on == false then
                native.stop(reader)
                if not ok then
                    error(go_on, 0)
                end
                return size
            end
        end

        local err, code, server, fields
        text, err, code, server, fields = native.more(reader)
        if err then
            return nil, err, code, server, fields
        end
    end

    if fn then
        return size
    end
    return table.concat(parts)
end

-- The pieces of a source, and why it has no more.
local function pieces(source)
    if type(source) == "function" then
        return source
    end

    local list = type(source) == "table" and source or { source }
    local i = 0
    return function()
        i = i + 1
        return list[i]
    end
end

---@param ready true|table
---@param reader userdata?
---@param source string|string[]|fun(): string?, string?
function copy.from(ready, reader, source)
    if ready ~= true or not reader then
        wrong(reader, "copy_from() takes COPY ... FROM STDIN")
    end

    local next_piece = pieces(source)

    while true do
        local ok, text, why = pcall(next_piece)
        if not ok or (text == nil and why ~= nil) then
            native.stop(reader)
            if not ok then
                error(text, 0)
            end
            return nil, why, "error"
        end

        local rows, err, code, server, fields = native.more(reader, text)
        if not rows then
            return nil, err, code, server, fields
        elseif text == nil then
            return rows.affected
        end
    end
end

return copy
