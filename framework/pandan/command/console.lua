-- SPDX-License-Identifier: MIT
--- `pandan console`: evaluates what the command line sends, a piece of Lua a
--- request. Variables live from one piece to the next; nothing of the terminal
--- is known here.

local inspect = require("pandan.spec.inspect")
local job = require("pandan.job")

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

-- An expression gives its value; else it is a statement. Locals do not
-- outlive a piece, so `local x = 1` is taken as `x = 1`.
local function compile(text)
    local chunk = loadstring("return " .. text, "=console")
    if chunk then
        return chunk
    end

    local name = text:match("^%s*local%s+([%a_][%w_]*)%s*=")
    if name and not text:find("\n", 1, true) then
        text = text:gsub("^%s*local%s+", "")
    end
    return loadstring(text, "=console")
end

local function is_incomplete(err)
    return err:find("near '<eof>'", 1, true) ~= nil
        or err:find("unfinished long", 1, true) ~= nil
end

local function describe(value)
    if type(value) == "table" and type(rawget(value, "values")) == "table"
        and type(value.to_table) == "function"
    then
        return inspect.value(value:to_table())
    end
    return inspect.value(value)
end

local function show(ok, ...)
    if not ok then
        ngx.print((...), "\n")
        return
    end
    for i = 1, select("#", ...) do
        ngx.print(describe((select(i, ...))), "\n")
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
