-- SPDX-License-Identifier: MIT
--- Relations between models: how one finds the rows that belong to others.
--- All four kinds load for a list of records with one query (two through a
--- join table), so a page of rows never asks row by row.

local connection = require("pandan.model.connection")
local query = require("pandan.model.query")

-- Keys that one statement looks for.
local PORTION = 1000

---@class pandan.model.relation
---@field name string
---@field kind "belongs_to"|"has_many"|"has_one"|"many_to_many"
local relation = {}

local meta = { __index = relation }
local list_meta = { __jsontype = "array" }

---`categories` as `category`, `posts` as `post`.
function relation.singular(name)
    if name:match("ies$") then
        return (name:gsub("ies$", "y"))
    end
    if name:match("[sxz]es$") or name:match("[cs]hes$") then
        if name:match("ases$") or name:match("uses$") then
            return (name:gsub("s$", ""))
        end
        return (name:gsub("es$", ""))
    end
    if name:match("ss$") then
        return name
    end
    return (name:gsub("s$", ""))
end

---How a model is found by its name; the framework may set another way.
---@type fun(name: string): table
function relation.load_model(name)
    return require("application.models." .. name)
end

---@param model table   that has the relation
---@param kind string
---@param name string   under which records have it
---@param options? table  model, key, other_key, through, order, scope
function relation.new(model, kind, name, options)
    local self = setmetatable({
        owner = model, kind = kind, name = name, options = options or {},
    }, meta)

    for key in pairs(self.options) do
        if key ~= "model" and key ~= "key" and key ~= "other_key"
            and key ~= "through" and key ~= "order" and key ~= "scope"
        then
            error("unknown option '" .. tostring(key) .. "' of relation '"
                .. name .. "'", 3)
        end
    end
    return self
end

---The model on the other side; found late, so that two can name each other.
function relation:target()
    local model = self.options.model

    if type(model) ~= "table" then
        model = relation.load_model(model or (self.kind == "belongs_to"
            and self.name or relation.singular(self.name)))
        self.options.model = model
    end
    return model
end

-- The column of the owner's records whose value is looked for, and the
-- column of the rows in which it is looked for.
local function columns(self)
    local options = self.options

    if self.kind == "belongs_to" then
        return options.key or self.name .. "_id",
            options.other_key or self:target().primary_key
    end
    return options.other_key or self.owner.primary_key,
        options.key or relation.singular(self.owner.table_name) .. "_id"
end

local function through(self)
    local options = self.options
    local mine, theirs = self.owner.table_name, self:target().table_name

    return options.through or (mine < theirs and mine .. "_" .. theirs
            or theirs .. "_" .. mine),
        options.key or relation.singular(mine) .. "_id",
        options.other_key or relation.singular(theirs) .. "_id"
end

local function base(self)
    local q = self:target():query()
    local options = self.options

    if options.scope then
        options.scope(q)
    end
    if options.order then
        q:order(options.order)
    end
    return q
end

---The rows of one record, as a query; not for belongs_to through nothing.
function relation:query_of(record)
    local q = base(self)

    if self.kind == "many_to_many" then
        local target = self:target()
        local name, mine, theirs = through(self)
        q:join(name, name .. "." .. theirs,
            target.table_name .. "." .. target.primary_key)
        return q:where(name .. "." .. mine, record[self.owner.primary_key])
    end

    local from, to = columns(self)
    local value = rawget(record, from)

    if value == nil then
        return q:where_raw("1 = 0")
    end

    if self.kind ~= "belongs_to" then
        q.presets = { [to] = value }
    end
    return q:where(q.table .. "." .. to, value)
end

local function query_of_table(self, name)
    return query.new(self.owner:db(), name)
end

local function is_list(self)
    return self.kind == "has_many" or self.kind == "many_to_many"
end

local function keep(self, record, value)
    local state = rawget(record, self.owner.STATE)
    state.loaded[self.name] = true
    rawset(record, self.name, value)
end

---For one record, when its field is first read.
function relation:load_one(record)
    local state = rawget(record, self.owner.STATE)
    if state.loaded[self.name] then
        return nil
    end

    local q = self:query_of(record)
    local value
    if is_list(self) then
        value = setmetatable(q:all(), list_meta)
    else
        value = q:first()
    end

    keep(self, record, value)
    return value
end

-- The different values of a column, in portions that a statement can take.
local function portions_of(records, column)
    local seen, portions = {}, {}

    for _, record in ipairs(records) do
        local value = rawget(record, column)
        if value ~= nil and not seen[tostring(value)] then
            seen[tostring(value)] = true

            local last = portions[#portions]
            if not last or #last == PORTION then
                last = {}
                portions[#portions + 1] = last
            end
            last[#last + 1] = value
        end
    end
    return portions
end

-- Pairs of keys from the join table.
local function ties_of(self, records)
    local name, mine, theirs = through(self)
    local ties = {}

    for _, ids in ipairs(portions_of(records, self.owner.primary_key)) do
        local q = query_of_table(self, name):select(mine .. " as mine",
            theirs .. " as theirs"):where_in(mine, ids)
        for _, tie in ipairs(q:all()) do
            ties[#ties + 1] = tie
        end
    end
    return ties
end

local function load_through(self, records, nested)
    local target = self:target()
    local ties = ties_of(self, records)
    local owners = {}

    for _, tie in ipairs(ties) do
        local key = tostring(tie.theirs)
        owners[key] = owners[key] or {}
        table.insert(owners[key], tostring(tie.mine))
    end

    local lists = {}
    for _, ids in ipairs(portions_of(ties, "theirs")) do
        local q = base(self):where_in(target.table_name .. "."
            .. target.primary_key, ids)
        for _, row in ipairs(q:with(unpack(nested)):all()) do
            for _, owner in ipairs(owners[tostring(row[target.primary_key])])
            do
                lists[owner] = lists[owner] or {}
                table.insert(lists[owner], row)
            end
        end
    end

    for _, record in ipairs(records) do
        local key = tostring(rawget(record, self.owner.primary_key))
        keep(self, record, setmetatable(lists[key] or {}, list_meta))
    end
end

---For a list of records of the owner.
---@param nested string[]  relations to load with what is found
function relation:load_all(records, nested)
    if self.kind == "many_to_many" then
        return load_through(self, records, nested)
    end

    local from, to = columns(self)
    local found = {}

    for _, values in ipairs(portions_of(records, from)) do
        local q = base(self)
        q:where_in(q.table .. "." .. to, values):with(unpack(nested))

        for _, row in ipairs(q:all()) do
            local key = tostring(row[to])
            found[key] = found[key] or {}
            table.insert(found[key], row)
        end
    end

    for _, record in ipairs(records) do
        local rows = found[tostring(rawget(record, from))] or {}
        if is_list(self) then
            keep(self, record, setmetatable(rows, list_meta))
        else
            keep(self, record, rows[1])
        end
    end
end

local function tie_query(self, record)
    local name, mine, theirs = through(self)
    local q = query_of_table(self, name)
    return q:where(mine, record[self.owner.primary_key]), mine, theirs
end

local function must_be_tied(self)
    if self.kind ~= "many_to_many" then
        error("'" .. self.name .. "' is no many_to_many relation", 4)
    end
end

function relation:attach(record, ...)
    must_be_tied(self)
    local q, mine, theirs = tie_query(self, record)
    local rows = {}

    for i = 1, select("#", ...) do
        rows[i] = {
            [mine] = record[self.owner.primary_key],
            [theirs] = (select(i, ...)),
        }
    end

    q:insert_many(rows)
    self:forget(record)
end

function relation:detach(record, ...)
    must_be_tied(self)
    local q, _, theirs = tie_query(self, record)

    if select("#", ...) > 0 then
        q:where_in(theirs, { ... })
    end

    local n = q:delete()
    self:forget(record)
    return n
end

function relation:sync(record, ids)
    must_be_tied(self)
    connection.transaction(self.owner:db(), function()
        local q, _, theirs = tie_query(self, record)
        local has, wanted, new = {}, {}, {}

        for _, id in ipairs(q:pluck(theirs)) do
            has[tostring(id)] = true
        end
        for _, id in ipairs(ids) do
            if not has[tostring(id)] and not wanted[tostring(id)] then
                new[#new + 1] = id
            end
            wanted[tostring(id)] = true
        end

        q:where_not_in(theirs, ids):delete()
        self:attach(record, unpack(new))
    end)
end

---Drops what was loaded, so that it is read again.
function relation:forget(record)
    rawget(record, self.owner.STATE).loaded[self.name] = nil
    rawset(record, self.name, nil)
end

return relation
