-- SPDX-License-Identifier: MIT
--- Collects the tests of a spec file into a tree, and makes the words that
--- the file is written in.  They lie in an environment of the file's own, so
--- no global is written, neither by the runner nor by the spec.
local failure = require("pandan.spec.failure")
local spy = require("pandan.spec.spy")
local words = require("pandan.spec.assert")

local tree = {}

--- hook word → list it is kept in
local HOOKS = {
    before_each = "before_each",
    after_each = "after_each",
    setup = "setup",
    strict_setup = "setup",
    lazy_setup = "setup",
    before_all = "setup",
    teardown = "teardown",
    strict_teardown = "teardown",
    lazy_teardown = "teardown",
    after_all = "teardown",
}

local function tags_of(name, parent)
    local tags = setmetatable({}, { __index = parent and parent.tags })

    for tag in name:gmatch("#([%w_%-]+)") do
        tags[tag] = true
    end

    return tags
end

local function new_node(kind, name, parent)
    local node = {
        kind = kind,
        name = name,
        parent = parent,
        tags = tags_of(name, parent),
        children = {},
        before_each = {},
        after_each = {},
        setup = {},
        teardown = {},
    }

    if parent then
        parent.children[#parent.children + 1] = node
    end

    return node
end

---The whole name of a test: those of its blocks and its own.
---@param node table
---@return string
function tree.full_name(node)
    local names = {}

    while node and node.kind ~= "file" do
        table.insert(names, 1, node.name)
        node = node.parent
    end

    return table.concat(names, " ")
end

--- The collector of one file: `at` is the block being read.
local function add_blocks(env, state)
    local function block(kind)
        return function(name, body)
            local outer = state.at

            state.at = new_node("block", tostring(name), outer)
            state.at.insulated = kind == "insulate"
            body()
            state.at = outer
        end
    end

    env.describe = block("describe")
    env.context = env.describe
    env.expose = env.describe
    env.insulate = function(name, body)
        if body == nil then
            name, body = "insulated", name
        end

        return block("insulate")(name, body)
    end
end

local function add_tests(env, state)
    local function test(name, body)
        local node = new_node("test", tostring(name), state.at)

        node.body = body
        node.place = failure.place()
        node.pending = body == nil
    end

    env.it = test
    env.test = test
    env.spec = test

    env.pending = function(name, body)
        if state.running then
            failure.pend(name)
        end

        if body ~= nil and type(body) ~= "function" then
            body = nil
        end

        test(name, body)
        state.at.children[#state.at.children].pending = true
    end

    env.finally = function(fn)
        if not state.running then
            error("finally() belongs inside of a test", 2)
        end

        table.insert(state.running.finally, 1, fn)
    end
end

local function add_hooks(env, state)
    for word, list in pairs(HOOKS) do
        env[word] = function(fn)
            table.insert(state.at[list], fn)
        end
    end
end

---Reads one spec file.
---@param name string    as shown
---@param chunk function its code
---@param extra? table   more words for its environment
---@return table root
---@return table? err    what reading it raised: { message, trace }
function tree.read(name, chunk, extra)
    local root = new_node("file", name, nil)
    local state = { at = root, running = nil }
    local env = {
        assert = words,
        spy = spy,
        stub = spy.stub,
        mock = spy.mock,
        match = spy.match,
    }

    for key, value in pairs(extra or {}) do
        env[key] = value
    end

    add_blocks(env, state)
    add_tests(env, state)
    add_hooks(env, state)
    root.state = state
    setfenv(chunk, setmetatable(env, { __index = _G }))

    local ok, err = xpcall(chunk, failure.capture)

    return root, not ok and err or nil
end

return tree
