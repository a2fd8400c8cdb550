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
    } pdn_db_cell_t;
]])

local cells_of = ffi.typeof("const pdn_db_cell_t *")

local rows = {}

-- Statements of a program are few; who makes up names at will begins anew.
local MOST = 500

local NULL = 3

local KINDS = {
    n = { code = 0, value = "cell.as.n" },
    t = { code = 1, value = "text(cell.as.p, cell.len)" },
    b = { code = 2, value = "cell.as.n ~= 0" },
}

local LOOP = [[
local text, null = ...
return function(rows, cells, first, n)
    local at = 0
    for i = 0, n - 1 do
        local cell
%s
        rows[first + i] = { %s }
        at = at + %d
    end
    return n
end]]

local COLUMN = [[
        cell = cells[at + %d]
        local v%d
        if cell.kind == %d then v%d = %s
        elseif cell.kind == %d then v%d = null
        else return i end
]]

-- A row with a cell of another kind ends it: C knows what to do with that.
local function compile(names, kinds)
    local columns, fields = {}, {}
    local sparse = kinds:byte(1) == ("s"):byte()

    for i, name in ipairs(names) do
        local kind = KINDS[kinds:sub(i + 1, i + 1)]

        columns[i] = COLUMN:format(i - 1, i, kind.code, i, kind.value, NULL, i)
        fields[i] = ("[%q] = v%d"):format(name, i)
    end

    local code = LOOP:format(table.concat(columns), table.concat(fields, ", "),
        #names)
    return assert(loadstring(code, "=pandan.db.rows"))(ffi.string,
        not sparse and ngx.null or nil)
end

-- Functions by kinds and names.
local builders, count = {}, 0

local function builder(names, kinds)
    local key = kinds .. table.concat(names, "\0")
    local found = builders[key]

    if not found then
        if count == MOST then
            builders, count = {}, 0
        end

        found = compile(names, kinds)
        builders[key] = found
        count = count + 1
    end
    return found
end

---Puts rows into `list`.
---@param list table
---@param names string[]
---@param kinds string  s where NULL is left out, else a blank; then n, t or b
---       for each column: a number, a text, a boolean
---@param cells lightuserdata
---@param first integer  where in the list
---@param n integer
---@return integer  how many, up to a row that is unlike
function rows.fill(list, names, kinds, cells, first, n)
    return builder(names, kinds)(list, ffi.cast(cells_of, cells), first, n)
end

return rows
