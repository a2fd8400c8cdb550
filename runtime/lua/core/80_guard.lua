-- SPDX-License-Identifier: MIT
--
-- Write-guards: who writes a global variable, or a module's table, while
-- requests are served changes it for all of them.  The line that wrote is
-- told once.  The framework has a stricter rule for the application's own code.

local ngx = ...

local ffi = require("ffi")

local C = ffi.C
local getinfo = debug.getinfo
local traceback = debug.traceback
local rawset = rawset
local log = ngx.log

local HARM = " which may lead to race conditions between concurrent requests"

-- Phases in which nothing is served yet, by ngx.get_phase().
local STARTING = { init = true, init_worker = true }

local guard = {}

-- Module table -> what it holds while it is guarded; the table is empty then.
local shadows = setmetatable({}, { __mode = "k" })

-- Places that were told of: "source:line:subject".
local told = {}


local function serving()
    local name = C.ngx_pdn_phase_name()

    return name ~= nil and not STARTING[ffi.string(name)]
end


---Tells once for each place that `subject` was written there.
---@param subject string  "global Lua variable ('x')"
---@param cure string
local function tell(subject, cure)
    local at = getinfo(3, "Sl")
    local place = at and at.source .. ":" .. at.currentline .. ":" .. subject

    if not place or told[place] then
        return
    end

    told[place] = true
    log(ngx.WARN, "writing a ", subject, HARM, ", ", cure, "\n",
        traceback("", 3):sub(2))
end


local function write_global(globals, key, value)
    if serving() then
        tell("global Lua variable ('" .. tostring(key) .. "')",
            "so prefer the use of 'local' variables")
    end

    rawset(globals, key, value)
end


setmetatable(_G, { __newindex = write_global })


-- A guarded module is an empty table to these, so they look behind it.
local function see_through()
    for _, name in ipairs({ "pairs", "ipairs", "next" }) do
        local plain = _G[name]

        rawset(_G, name, function(t, ...)
            return plain(shadows[t] or t, ...)
        end)
    end

    see_through = nil
end


---Tells of each line that writes to a module's table while requests are
---served.  The write is done.
---@param module table|string  or its name for require()
---@param name string?         to be told, for a table
---@return table  the module
function guard.module(module, name)
    if type(module) == "string" then
        name = module
        module = require(module)
    end

    if type(module) ~= "table" then
        error("a module that is a table is needed, got a "
            .. type(module), 2)
    end

    if shadows[module] then
        return module
    end

    if getmetatable(module) ~= nil then
        error("cannot guard a table that has a metatable", 2)
    end

    if see_through then
        see_through()
    end

    local held = {}

    for key, value in next, module do
        held[key] = value
    end

    for key in next, held do
        rawset(module, key, nil)
    end

    shadows[module] = held
    name = name or tostring(module)

    return setmetatable(module, {
        __index = held,
        __newindex = function(_, key, value)
            if serving() then
                tell("field ('" .. tostring(key) .. "') of the module '"
                    .. name .. "'", "so keep what belongs to a request in"
                    .. " ngx.ctx or local variables")
            end

            held[key] = value
        end,
    })
end


package.preload["pandan.guard"] = function()
    return guard
end
