-- SPDX-License-Identifier: MIT
--- Runs the tests of a tree.  Bodies and hooks are called by LuaJIT's own
--- xpcall, with no C function between, so they may suspend inside of nginx.
local failure = require("pandan.spec.failure")
local spy = require("pandan.spec.spy")
local tree = require("pandan.spec.tree")

local execute = {}

--- A generator of our own: the code under test may seed math.random.
local function generator(seed)
    local state = seed % 2147483647

    if state <= 0 then
        state = state + 2147483646
    end

    return function(n)
        state = state * 16807 % 2147483647

        return state % n + 1
    end
end

---Puts a list in an order that the seed decides.
---@param list table
---@param seed integer
function execute.shuffle(list, seed)
    local random = generator(seed)

    for i = #list, 2, -1 do
        local j = random(i)

        list[i], list[j] = list[j], list[i]
    end
end

local function ancestors(node)
    local list = {}

    while node do
        table.insert(list, 1, node)
        node = node.parent
    end

    return list
end

--- Calls fn; notes the first failure in `outcome`.
local function attempt(outcome, fn, ...)
    local ok, err = xpcall(fn, failure.capture, ...)

    if ok then
        return true
    end

    if err.pending then
        outcome.pending = true
        outcome.message = outcome.message or err.message
    elseif not outcome.failure then
        outcome.failure = err
    end

    return false
end

local function run_body(run, node, outcome)
    local path = ancestors(node.parent)

    for _, block in ipairs(path) do
        for _, hook in ipairs(block.before_each) do
            if not attempt(outcome, hook) then
                return
            end
        end
    end

    attempt(outcome, node.body)

    for _, fn in ipairs(run.state.running.finally) do
        attempt(outcome, fn)
    end
end

local function run_after(node, outcome)
    local path = ancestors(node.parent)

    for i = #path, 1, -1 do
        for _, hook in ipairs(path[i].after_each) do
            attempt(outcome, hook)
        end
    end
end

local function status_of(outcome)
    if outcome.failure then
        return "failed"
    end

    return outcome.pending and "pending" or "passed"
end

local function record(run, node, outcome)
    local test = {
        name = tree.full_name(node),
        file = run.file,
        place = node.place,
        status = status_of(outcome),
        failure = outcome.failure,
        message = outcome.message,
        seconds = outcome.seconds or 0,
    }

    run.on_test(test)

    if test.status == "failed" and run.fail_fast then
        run.stopped = true
    end
end

local function run_test(run, node)
    local outcome = { pending = node.pending }

    if node.pending then
        return record(run, node, outcome)
    end

    local started = run.clock()
    local revert = spy.scope()

    run.state.running = { finally = {} }
    if run.before_test then
        run.before_test()
    end
    run_body(run, node, outcome)
    run_after(node, outcome)
    run.state.running = nil
    revert()
    outcome.seconds = run.clock() - started
    record(run, node, outcome)
end

local function count_selected(node, wanted)
    if node.kind == "test" then
        node.selected = wanted(node)

        return node.selected and 1 or 0
    end

    local count = 0

    for _, child in ipairs(node.children) do
        count = count + count_selected(child, wanted)
    end

    node.count = count

    return count
end

local function fail_all(run, node, err)
    if node.kind == "test" then
        if node.selected then
            record(run, node, { failure = err })
        end

        return
    end

    for _, child in ipairs(node.children) do
        fail_all(run, child, err)
    end
end

local function forget_modules(before)
    for name in pairs(package.loaded) do
        if not before[name] then
            package.loaded[name] = nil
        end
    end
end

local function loaded_now()
    local names = {}

    for name in pairs(package.loaded) do
        names[name] = true
    end

    return names
end

local run_block

local function run_children(run, node)
    if run.seed then
        execute.shuffle(node.children, run.seed)
    end

    for _, child in ipairs(node.children) do
        if run.stopped then
            return
        end

        if child.kind == "block" then
            run_block(run, child)
        elseif child.selected then
            run_test(run, child)
        end
    end
end

function run_block(run, node)
    if node.count == 0 then
        return
    end

    local before = node.insulated and loaded_now()
    local outcome = {}

    for _, hook in ipairs(node.setup) do
        if not attempt(outcome, hook) then
            break
        end
    end

    if outcome.failure then
        fail_all(run, node, outcome.failure)
    else
        run_children(run, node)
    end

    local after = {}

    for _, hook in ipairs(node.teardown) do
        attempt(after, hook)
    end

    if after.failure then
        record(run, {
            kind = "test",
            name = "(teardown)",
            parent = node,
            place = after.failure.place,
        }, after)
    end

    if before then
        forget_modules(before)
    end
end

---Runs the selected tests of one file.
---@param root table  of tree.read()
---@param run table   { file, on_test(test), wanted(node), clock(), seed?,
---                   fail_fast? }; `stopped` is set when fail_fast struck
function execute.run(root, run)
    run.state = root.state
    count_selected(root, run.wanted)
    run_block(run, root)
end

---The selected tests, without running them.
---@param node table
---@param wanted fun(node: table): boolean
---@param list table
function execute.list(node, wanted, list)
    if node.kind == "test" then
        if wanted(node) then
            list[#list + 1] = tree.full_name(node)
        end

        return
    end

    for _, child in ipairs(node.children) do
        execute.list(child, wanted, list)
    end
end

return execute
