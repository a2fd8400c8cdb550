-- SPDX-License-Identifier: MIT
--- Collects commands that go out together.

local commands = require("pandan.redis.commands")
local methods = require("pandan.redis.methods")
local native = require("pandan.redis.native")

local add, special = native.add, commands.special

---@class pandan.redis.pipeline
local pipeline = {}
pipeline.__index = pipeline

local function put(self, entry, ...)
    local name = entry.name

    if special[name]
        and (commands.binds(name, (...)) or commands.wait(name, ...))
    then
        return false, name .. " cannot be part of a pipeline"
    end

    return add(self.batch, entry.head, ...)
end

methods.install(pipeline, put)
pipeline.put = put

local function put_list(self, list, level)
    for i, words in ipairs(list) do
        if type(words) ~= "table" or type(words[1]) ~= "string" then
            error("command " .. i .. " of a pipeline is not a list of words",
                level)
        end

        local count, err = self:put(methods.entry(words[1]),
            unpack(words, 2, table.maxn(words)))
        if not count then
            error(err, level)
        end
    end
end

---An object whose commands go to `batch`.
---@param batch userdata
---@return pandan.redis.pipeline
function pipeline.new(batch)
    return setmetatable({ batch = batch }, pipeline)
end

---What puts the commands of `work`, a function or a list, to such an object,
---or to another that has all commands and `put`.
---@param work function|table
---@param level integer  of the caller who is told of mistakes
---@return function
function pipeline.worker(work, level)
    if type(work) == "function" then
        return work
    elseif type(work) ~= "table" then
        error("a function or a list of commands is needed", level)
    end

    return function(self)
        put_list(self, work, level + 1)
    end
end

---@param work function|table  see pandan.redis.client:pipeline()
---@param level integer        of the caller who is told of mistakes
---@return userdata batch
function pipeline.collect(work, level)
    local self = pipeline.new(native.batch())

    pipeline.worker(work, level + 1)(self)
    return self.batch
end

return pipeline
