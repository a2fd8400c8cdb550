-- SPDX-License-Identifier: MIT
--- `pandan console`: evaluates what the command line sends, a piece of Lua a
--- request. Variables live from one piece to the next; nothing of the terminal
--- is known here.

local inspect = require("pandan.spec.inspect")
local job = require("pandan.job")
local null = require("pandan.native").null

local environment

-- What a controller sees, and globals of the session's own.
local function make_environment()
    local app = require("pandan").app

    return setmetatable({
        app = app,
        db = app.config.database.default and require("pandan.db").get() or nil,
        inspect = inspect.value,
        print = function(...)
            local out = {}
            for i = 1, select("#", ...) do
                out[i] = tostring((select(i, ...)))
            end
            ngx.print(table.concat(out, "\t"), "\n")
        end,
    }, { __index = app.loader.words })
end

local function is_incomplete(err)
    return err:find("near '<eof>'", 1, true) ~= nil
        or err:find("unfinished long", 1, true) ~= nil
end

-- An expression gives its value; else it is a statement. Locals do not
-- outlive a piece, so `local x = 1` is taken as `x = 1`.
local function compile(text)
    local chunk, err = loadstring("return " .. text, "=console")
    if chunk or is_incomplete(err) then
        return chunk, err
    end

    local name = text:match("^%s*local%s+([%a_][%w_]*)%s*=")
    if name and not text:find("\n", 1, true) then
        text = text:gsub("^%s*local%s+", "")
    end
    return loadstring(text, "=console")
end

-- Records as their columns, in lists too.
local function plain(value)
    if type(value) ~= "table" then
        return value
    end
    if getmetatable(value) and type(value.to_json) == "function" then
        local columns = {}
        for name, each in pairs(value:to_json()) do
            if each ~= null then
                columns[name] = plain(each)
            end
        end
        return columns
    end

    local list = {}
    for i, item in ipairs(value) do
        list[i] = plain(item)
    end
    return #list > 0 and next(value, #list) == nil and list or value
end

local function show(ok, ...)
    if not ok then
        ngx.print((...), "\n")
        return
    end
    local n = select("#", ...)
    while n > 1 and select(n, ...) == nil do
        n = n - 1
    end
    if n == 1 and (...) == nil then
        return
    end
    for i = 1, n do
        ngx.print(inspect.value(plain((select(i, ...)))), "\n")
    end
end

local function evaluate(text)
    local chunk, err = compile(text)

    if not chunk then
        ngx.header["X-Pandan"] = is_incomplete(err) and "more" or "error"
        ngx.print(err, "\n")
        return
    end

    ngx.header["X-Pandan"] = "done"
    show(xpcall(setfenv(chunk, environment), job.explain))
    io.stdout:flush()
end

-- The socket is there from the start: nothing is left to do.
local console = {}

---Answers a request of the command line.
function console.answer()
    environment = environment or make_environment()

    if ngx.var.uri == "/quit" then
        ngx.say("bye")
        ngx.eof()
        job.finish(job.current, 0)
        return
    end

    ngx.req.read_body()
    evaluate(ngx.req.get_body_data() or "")
end

return setmetatable(console, {
    __call = function()
        return 0
    end,
})
