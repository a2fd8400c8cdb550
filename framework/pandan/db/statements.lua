-- SPDX-License-Identifier: MIT
--- What a database and a transaction have in common: running statements. An
--- object says by `target(self)` where; it raises what is the caller's fault.
--- Its method `failed(code, where)` is told of failures, and may answer where
--- to try the statement again.

local batch = require("pandan.db.batch")
local copy = require("pandan.db.copy")
local hook = require("pandan.db.hook")
local native = require("pandan.db.native")
local stream = require("pandan.db.stream")

---@class pandan.db.statements
local statements = {}

local query = native.query

---Adds the methods to a class. `target(self, level)` answers what native
---functions run on, or nil, err, code; it raises at `level`. It is also given
---the statement and the native function.
---@param class table
---@param target fun(self: table, level: integer): any, string?, string?
function statements.mixin(class, target)
    -- Every method calls this one, so the caller is at level 3.
    local function run(self, native_run, sql, ...)
        if type(sql) ~= "string" then
            error("sql must be a string", 3)
        end

        local where, err, code, server = target(self, 4, sql, native_run)
        if not where then
            return nil, err, code, server
        end

        local rows, fields
        repeat
            if hook.listeners then
                rows, err, code, server, fields = hook.run(native_run, where,
                    sql, ...)
            else
                rows, err, code, server, fields = native_run(where, sql, ...)
            end

            if rows then
                return rows, err
            elseif rows == false then
                error(err, 3)
            end
            where = self:failed(code, where, native_run, err)
        until not where
        return nil, err, code, server, fields
    end

    ---Runs one statement; other requests go on meanwhile.
    ---@param sql string  with $1, $2, ... as placeholders
    ---@param ... any     one value for each placeholder
    ---@return table[]? rows  keyed by column name; also .columns, .affected
    ---@return string? err
    ---@return string? code
    ---@return string? server_code
    ---@return table<string, string>? fields  what else the server tells
    function class:query(sql, ...)
        local rows, err, code, server, fields = run(self, query, sql, ...)
        return rows, err, code, server, fields
    end

    ---The first row; nil without an error when there is none.
    function class:row(sql, ...)
        local rows, err, code, server, fields = run(self, query, sql, ...)
        if not rows then
            return nil, err, code, server, fields
        end
        return rows[1]
    end

    ---The first column of the first row; nil without an error for no row.
    function class:value(sql, ...)
        local rows, err, code, server, fields = run(self, query, sql, ...)
        if not rows then
            return nil, err, code, server, fields
        end

        local row = rows[1]
        return row and row[rows.columns[1]]
    end

    ---Runs several statements, which have no parameters.
    function class:exec(sql, ...)
        if select("#", ...) > 0 then
            error("exec() takes no values; use query()", 2)
        end

        local rows, err, code, server, fields = run(self, native.script, sql)
        return rows, err, code, server, fields
    end

    ---Reads the rows as they come from the server, a few at a time; see
    ---`pandan.db.stream`.
    ---@param sql string
    ---@param ... any  values, then perhaps `fn(row)`, which may return false
    ---@return any
    function class:each(sql, ...)
        local count = select("#", ...)
        local fn = count > 0 and select(count, ...)

        if type(fn) ~= "function" then
            local rows, next_rows, code = run(self, native.stream, sql, ...)
            if not rows then
                error(next_rows .. " (" .. code .. ")", 2)
            end
            return stream.iterate(rows, next_rows)
        end

        local rows, reader, code, server, fields = run(self, native.stream,
            sql, stream.without_last(count, ...))
        if not rows then
            return nil, reader, code, server, fields
        end
        return stream.call(rows, reader, fn)
    end

    ---Runs several statements, with PostgreSQL in one round trip.
    ---@param list any[][]  `{ { sql, ... }, ... }`
    ---@return (table[]|false)[]? results  rows of each, false where it failed
    ---@return table<integer, pandan.db.failure>|string|nil errors  nil for none
    ---@return string? code  when the connection failed, not a statement
    ---@return string? server_code
    function class:batch(list)
        local results, errors, code, server, fields = batch.run(self, target,
            list)
        return results, errors, code, server, fields
    end

    ---The text that `COPY ... TO STDOUT` gives, or what `fn(text)` is called
    ---with piece by piece.
    ---@param sql string
    ---@param fn? fun(text: string): boolean?  false: no more of it
    ---@return string|integer|nil text  or how many bytes `fn` was given
    ---@return string? err
    ---@return string? code
    function class:copy_to(sql, fn)
        local text, reader, code, server, fields = run(self, native.stream,
            sql)
        if not text then
            return nil, reader, code, server, fields
        end
        return copy.to(text, reader, fn)
    end

    ---Gives text to `COPY ... FROM STDIN`.
    ---@param sql string
    ---@param source string|string[]|fun(): string?, string?  nil, err: give up
    ---@return integer? count  of rows
    ---@return string? err
    ---@return string? code
    function class:copy_from(sql, source)
        local kind = type(source)
        if kind ~= "string" and kind ~= "table" and kind ~= "function" then
            error("copy_from() takes a string, a table or a function", 2)
        end

        local ready, reader, code, server, fields = run(self, native.stream,
            sql)
        if not ready then
            return nil, reader, code, server, fields
        end
        return copy.from(ready, reader, source)
    end
end

return statements
