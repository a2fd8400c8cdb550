-- SPDX-License-Identifier: MIT
--- Collects commands that go out together.

local commands = require("pandan.redis.commands")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")

local add = native.add

---@class pandan.redis.pipeline
local pipeline = {}
pipeline.__index = pipeline

local function put(self, entry, ...)
    local name = entry.name

    if commands.binds(name, (...)) or commands.wait(name, ...) then
        return false, name .. " cannot be part of a pipeline"
    end

    local count, err = add(self.batch, entry.head, ...)
    return count, err
end

methods.install(pipeline, put)

---@param level integer  of the caller who is told of mistakes
local function put_list(self, list, level)
    for i, words in ipairs(list) do
        if type(words) ~= "table" or type(words[1]) ~= "string" then
            error("command " .. i .. " of a pipeline is not a list of words",
                level + 1)
        end

        local count, err = put(self, methods.entry(words[1]),
            unpack(words, 2, table.maxn(words)))
        if not count then
            error(err, level + 1)
        end
    end
end

---@param work function|table  see pandan.redis.client:pipeline()
---@param level integer        of the caller who is told of mistakes
---@return userdata batch
function pipeline.collect(work, level)
    local self = setmetatable({ batch = native.batch() }, pipeline)

    if type(work) == "function" then
        work(self)
    elseif type(work) == "table" then
        put_list(self, work, level)
    else
        error("a pipeline needs a function or a list of commands", level)
    end
    return self.batch
end

return pipeline
