-- SPDX-License-Identifier: MIT
--- What undoes an operation. Where information is lost it says what is
--- missing, so that the way back can be written down.

local reverse = {}

local kinds = {}

function kinds.create(op)
    return { kind = "drop", table = op.table }
end

function kinds.drop(op)
    if not op.columns then
        return nil, "drop('" .. op.table .. "') forgets the table; give its "
            .. "columns: schema:drop('" .. op.table
            .. "', function(t) ... end)"
    end
    return {
        kind = "create", table = op.table, columns = op.columns,
        indexes = op.indexes,
    }
end

function kinds.rename(op)
    return { kind = "rename", table = op.to, to = op.table }
end

function kinds.add_column(op)
    return { kind = "drop_column", table = op.table, column = op.column }
end

function kinds.drop_column(op)
    if not op.column.type then
        return nil, "drop_column('" .. op.table .. "', '" .. op.column.name
            .. "') forgets the column; give its type as third argument"
    end
    return { kind = "add_column", table = op.table, column = op.column }
end

function kinds.rename_column(op)
    return {
        kind = "rename_column", table = op.table, from = op.to, to = op.from,
    }
end

function kinds.change_column(op)
    if not op.before then
        return nil, "change_column('" .. op.table .. "', '" .. op.column.name
            .. "') forgets what the column was; give its old type and "
            .. "options as further arguments"
    end
    return {
        kind = "change_column", table = op.table, column = op.before,
        before = op.column,
    }
end

function kinds.add_index(op)
    return { kind = "drop_index", table = op.table, index = op.index }
end

function kinds.drop_index(op)
    if not op.index.columns then
        return nil, "drop_index by name forgets the columns; give those"
    end
    return { kind = "add_index", table = op.table, index = op.index }
end

function kinds.execute(op)
    if not op.down then
        return nil, "execute() has no SQL for the way back; give it as "
            .. "second argument"
    end
    return { kind = "execute", up = op.down, down = op.up }
end

---The operations that undo these, last first.
---@param operations table[]
---@return table[]?
---@return string? err
function reverse.all(operations)
    local out = {}

    for i = #operations, 1, -1 do
        local op = operations[i]
        local back, err = kinds[op.kind](op)

        if not back then
            return nil, (op.place and op.place .. ": " or "")
                .. "this cannot be undone: " .. err
        end
        back.place = op.place
        out[#out + 1] = back
    end
    return out
end

return reverse
