-- SPDX-License-Identifier: MIT
--- Texts of PostgreSQL as values of Lua, by the names of types, for
--- connections of pgmoon's interface that have a deserializer of their own;
--- for the others the driver makes them.

local arrays = require("pgmoon.arrays")
local hstore = require("pgmoon.hstore")
local json = require("pandan.json")

local function array_of(convert)
    return function(self, text)
        return arrays.decode_array(text, convert, self)
    end
end

---@type table<string, fun(self: table, text: string, name: string): any>
return {
    json = function(_, text)
        return json.decode(text)
    end,
    bytea = function(self, text)
        return self:decode_bytea(text)
    end,
    hstore = function(_, text)
        return hstore.decode_hstore(text)
    end,
    array_boolean = array_of(function(text)
        return text == "t"
    end),
    array_number = array_of(tonumber),
    array_string = array_of(),
    array_inet = array_of(),
    array_json = array_of(function(text)
        return json.decode(text)
    end),
}
