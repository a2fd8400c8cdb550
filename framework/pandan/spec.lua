-- SPDX-License-Identifier: MIT
--- The spec runner: describe, it, before_each, assert.equal ... as busted and
--- luassert have them.  Pure Lua; runs under plain LuaJIT and inside of
--- nginx, where a test may wait as any code does.
---
---     local result = require("pandan.spec").run {
---         files = { "spec/blog_spec.lua" },
---     }
local execute = require("pandan.spec.execute")
local options = require("pandan.spec.options")
local tree = require("pandan.spec.tree")

local spec = {}

spec.assert = require("pandan.spec.assert")
spec.spy = require("pandan.spec.spy")

local function wanted_by(settings)
    return function(node)
        local name = tree.full_name(node)

        if settings.filter and not name:find(settings.filter) then
            return false
        end

        if settings.filter_out and name:find(settings.filter_out) then
            return false
        end

        for _, tag in ipairs(settings.exclude_tags or {}) do
            if node.tags[tag] then
                return false
            end
        end

        if not settings.tags or #settings.tags == 0 then
            return true
        end

        for _, tag in ipairs(settings.tags) do
            if node.tags[tag] then
                return true
            end
        end

        return false
    end
end

local function default_clock()
    if ngx and ngx.now then
        return function()
            ngx.update_time()

            return ngx.now()
        end
    end

    return os.clock
end

local function load_failure(file, message, trace)
    return {
        name = "(reading the file)",
        file = file,
        status = "failed",
        failure = { message = message, trace = trace },
        seconds = 0,
    }
end

local function read_file(file, settings)
    local chunk, err = (settings.load or loadfile)(file)

    if not chunk then
        return nil, load_failure(file, err)
    end

    local root, failed = tree.read(file, chunk, settings.environment)

    if failed then
        return nil, load_failure(file, failed.message, failed.trace)
    end

    return root
end

local function new_result(settings)
    return {
        passed = 0,
        failed = 0,
        pending = 0,
        tests = {},
        seed = settings.seed,
    }
end

local function list_files(settings, reporter, wanted, result)
    for _, file in ipairs(settings.files) do
        local root, failed = read_file(file, settings)

        if root then
            local names = {}

            execute.list(root, wanted, names)

            for _, name in ipairs(names) do
                settings.output(file .. ": " .. name .. "\n")
            end
        else
            reporter.on_test(failed)
            result.failed = result.failed + 1
        end
    end

    return result
end

local function run_files(settings, reporter, wanted, result)
    local run = {
        wanted = wanted,
        clock = settings.clock or default_clock(),
        seed = settings.shuffle and settings.seed or nil,
        fail_fast = settings.fail_fast,
        before_test = settings.before_test,
    }

    function run.on_test(test)
        result[test.status] = result[test.status] + 1
        result.tests[#result.tests + 1] = test
        reporter.on_test(test)
    end

    local started = run.clock()

    for _, file in ipairs(settings.files) do
        if run.stopped then
            break
        end

        run.file = file
        reporter.on_file(file)

        local root, failed = read_file(file, settings)

        if root then
            execute.run(root, run)
        else
            run.on_test(failed)
            run.stopped = settings.fail_fast
        end
    end

    result.seconds = run.clock() - started
    reporter.on_end(result)

    return result
end

---Runs spec files.  Never ends the process.
---
---@param given table
---  files         string[]
---  format        "plain" (default), "dots", "tap", "junit" or "json"
---  output        fun(text: string), default: standard output
---  filter, filter_out    Lua patterns on whole names
---  tags, exclude_tags    string[], without the "#"
---  shuffle, seed         other order, decided by the seed
---  fail_fast, list       booleans
---  environment   more words for the spec files
---  before_test   called before each test and its hooks
---  load          fun(file): chunk or nil, err; default: loadfile
---@return table result  { passed, failed, pending, seconds, seed, tests }
function spec.run(given)
    local settings = options.complete(given)
    local reporter = options.reporter(settings)
    local wanted = wanted_by(settings)
    local result = new_result(settings)

    if settings.list then
        return list_files(settings, reporter, wanted, result)
    end

    if settings.shuffle then
        execute.shuffle(settings.files, settings.seed)
    end

    return run_files(settings, reporter, wanted, result)
end

---Runs what a command line says: "--filter=x", "--tags=a,b", "file" ...
---@param args string[]
---@param more? table  settings as those of run(), under the arguments
---@return table? result  nil when the arguments are wrong
---@return string? err
function spec.main(args, more)
    local settings, err = options.parse(args, more)

    if not settings then
        return nil, err
    end

    return spec.run(settings)
end

---The options that main() reads, a line each.
---@return string
function spec.help()
    return options.help()
end

return spec
