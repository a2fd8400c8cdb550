-- SPDX-License-Identifier: MIT
--- Makes rows of Lua from cells that C has laid out, with a function for each
--- set of columns: once compiled it costs half of what C's way to Lua's tables
--- does. Called by the driver for results of many rows.
local ffi = require("ffi")

ffi.cdef([[
    typedef struct {
        union {
            double n;
            const char *p;
        } as;
        int len;
        int kind;
    } pdn_lua_cell_t;
]])

local cells_of = ffi.typeof("const pdn_lua_cell_t *")

local rows = {}

-- Statements of a program are few; who makes up names at will begins anew.
local MOST = 500

local KINDS = {
    n = { code = 0, value = "cell.as.n" },
    t = { code = 1, value = "text(cell.as.p, cell.len)" },
}

local LOOP = [[
local text = ...
return function(rows, cells, from, to)
    local at = 0
    for i = from, to do
        local cell
%s
        rows[i] = { %s }
        at = at + %d
    end
    return to + 1
end]]

local COLUMN = [[
        cell = cells[at + %d]
        if cell.kind ~= %d then return i end
        local v%d = %s
]]

local builders, count = {}, 0

-- A row whose cells are of other kinds ends it: C knows what to do with that.
local function compile(names, kinds)
    local columns, fields = {}, {}

    for i, name in ipairs(names) do
        local kind = KINDS[kinds:sub(i, i)]

        columns[i] = COLUMN:format(i - 1, kind.code, i, kind.value)
        fields[i] = ("[%q] = v%d"):format(name, i)
    end

    local code = LOOP:format(table.concat(columns), table.concat(fields, ", "),
        #names)
    return assert(loadstring(code, "=pandan.db.rows"))(ffi.string)
end

---Fills `list` from the row `from` to the row `to`.
---@param list table
---@param names string[]
---@param kinds string  n or t for each column: a number, a text
---@param key string    of all that are alike
---@param cells lightuserdata  those of the row `from`
---@param from integer
---@param to integer
---@return integer  the row that it did not make, or the one behind `to`
function rows.fill(list, names, kinds, key, cells, from, to)
    local build = builders[key]

    if not build then
        if count == MOST then
            builders, count = {}, 0
        end

        build = compile(names, kinds)
        builders[key] = build
        count = count + 1
    end

    return build(list, ffi.cast(cells_of, cells), from, to)
end

return rows
