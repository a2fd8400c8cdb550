-- SPDX-License-Identifier: MIT
--- JSON for PostgreSQL, with the interface of pgmoon's module of this name.

local json = require("pandan.json")

local pgmoon_json = {}

---A literal, for the text of a statement.
---@param value any
---@param escape? fun(value: any): string
---@return string
function pgmoon_json.encode_json(value, escape)
    escape = escape or function(text)
        return require("pgmoon").Postgres.escape_literal(nil, text)
    end
    return escape(assert(json.encode(value)))
end

---@param text string
---@return any
function pgmoon_json.decode_json(text)
    return json.decode(text)
end

return pgmoon_json
