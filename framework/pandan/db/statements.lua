-- SPDX-License-Identifier: MIT
--- What a database and a transaction have in common: running statements. An
--- object says by `target(self)` where; it raises what is the caller's fault.

local hook = require("pandan.db.hook")
local native = require("pandan.db.native")

---@class pandan.db.statements
local statements = {}

---Adds the methods to a class. `target(self, level)` answers what native
---functions run on, or nil, err, code; it raises at `level`.
---@param class table
---@param target fun(self: table, level: integer): any, string?, string?
function statements.mixin(class, target)
    -- Every method calls this one, so the caller is at level 3.
    local function run(self, native_run, sql, ...)
        if type(sql) ~= "string" then
            error("sql must be a string", 3)
        end

        local where, err, code, server = target(self, 4)
        if not where then
            return nil, err, code, server
        end

        local rows
        if hook.listeners then
            rows, err, code, server = hook.run(native_run, where, sql, ...)
        else
            rows, err, code, server = native_run(where, sql, ...)
        end

        if rows then
            return rows
        elseif rows == false then
            error(err, 3)
        end
        return nil, err, code, server
    end

    ---Runs one statement; other requests go on meanwhile.
    ---@param sql string  with $1, $2, ... as placeholders
    ---@param ... any     one value for each placeholder
    ---@return table[]? rows  keyed by column name; also .columns, .affected
    ---@return string? err
    ---@return string? code
    ---@return string? server_code
    function class:query(sql, ...)
        local rows, err, code, server = run(self, native.query, sql, ...)
        return rows, err, code, server
    end

    ---The first row; nil without an error when there is none.
    function class:row(sql, ...)
        local rows, err, code, server = run(self, native.query, sql, ...)
        if not rows then
            return nil, err, code, server
        end
        return rows[1]
    end

    ---The first column of the first row; nil without an error for no row.
    function class:value(sql, ...)
        local rows, err, code, server = run(self, native.query, sql, ...)
        if not rows then
            return nil, err, code, server
        end

        local row = rows[1]
        return row and row[rows.columns[1]]
    end

    ---Runs several statements, which have no parameters.
    function class:exec(sql, ...)
        if select("#", ...) > 0 then
            error("exec() takes no values; use query()", 2)
        end

        local rows, err, code, server = run(self, native.script, sql)
        return rows, err, code, server
    end

    ---`for row in db:each(sql, ...) do`; raises when the statement fails.
    function class:each(sql, ...)
        local rows, err, code = run(self, native.query, sql, ...)
        if not rows then
            error(err .. " (" .. code .. ")", 2)
        end

        local i = 0
        return function()
            i = i + 1
            return rows[i]
        end
    end
end

return statements
