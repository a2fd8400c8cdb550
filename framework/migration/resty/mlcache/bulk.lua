-- SPDX-License-Identifier: MIT
--- Several get() of resty.mlcache as one: operations lie in a list, four
--- fields each: key, options, callback, argument; `n` counts operations.

local new_table = require("table.new")
local options = require("resty.mlcache.options")

local bulk = {}

local FIELDS, RESULTS = 4, 3
local CONCURRENCY = 3

local function add(self, key, opts, cb, arg)
    local at = self.n * FIELDS

    self[at + 1], self[at + 2], self[at + 3], self[at + 4] =
        key, opts, cb, arg
    self.n = self.n + 1
end

---@param n_ops? integer
---@return table
function bulk.new(n_ops)
    local self = new_table((n_ops or 2) * FIELDS, 2)

    self.n, self.add = 0, add
    return self
end

local function wrong(self, number)
    local at = (number - 1) * FIELDS
    local key, cb = self[at + 1], self[at + 3]

    if type(key) ~= "string" then
        return ("key at index %d must be a string for operation %d (got %s)")
            :format(at + 1, number, type(key))
    elseif type(cb) ~= "function" then
        return ("callback at index %d must be a function for operation %d "
            .. "(got %s)"):format(at + 3, number, type(cb))
    end

    local err = options.check(self[at + 2])

    return err and ("options at index %d for operation %d are invalid: %s")
        :format(at + 2, number, err)
end

local function check(self, opts)
    if type(self) ~= "table" then
        return "bulk must be a table"
    elseif type(self.n) ~= "number" then
        return "bulk must have n field"
    elseif opts ~= nil and type(opts) ~= "table" then
        return "opts must be a table"
    end

    local concurrency = opts and opts.concurrency

    if concurrency ~= nil and type(concurrency) ~= "number" then
        return "opts.concurrency must be a number"
    elseif concurrency and concurrency <= 0 then
        return "opts.concurrency must be > 0"
    end

    for i = 1, self.n do
        local err = wrong(self, i)

        if err then
            return err
        end
    end
end

---@param cache table  of resty.mlcache
---@param self table   of new(), or made by hand
---@param opts? { concurrency?: integer }
---@return table results  three for each operation: value, err, level; n
function bulk.get(cache, self, opts)
    local err = check(self, opts)

    if err then
        error(err, 3)
    end

    local results = { n = self.n * RESULTS }
    local done = 0

    local function work()
        while done < self.n do
            local at, to = done * FIELDS, done * RESULTS

            done = done + 1
            results[to + 1], results[to + 2], results[to + 3] =
                cache:get(self[at + 1], self[at + 2], self[at + 3],
                    self[at + 4])
        end
    end

    local threads = {}
    local count = math.min(opts and opts.concurrency or CONCURRENCY,
        self.n)

    for i = 2, count do
        threads[i] = ngx.thread.spawn(work)
    end
    work()

    for i = 2, count do
        ngx.thread.wait(threads[i])
    end
    return results
end

---@param results table
---@return fun(): integer, any, string?, integer?
function bulk.each(results)
    if type(results) ~= "table" or type(results.n) ~= "number" then
        error("res must have res.n field; is this a get_bulk() result?", 2)
    end

    local i = 0

    return function()
        local at = i * RESULTS

        if at >= results.n then
            return nil
        end
        i = i + 1
        return i, results[at + 1], results[at + 2], results[at + 3]
    end
end

return bulk
