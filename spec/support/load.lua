-- SPDX-License-Identifier: MIT
--- Load by ApacheBench, and what the engine counts.
local paths = require("support.paths")
local process = require("support.process")
local shell = require("support.shell")

local load = {}

--- A sanitized worker is slow, and one under valgrind; the same behaviour
--- shows with fewer requests.
load.scale = paths.slowness > 1 and 0.1 or 1

local function number(text, name)
    return tonumber(text:match(name .. ":%s+([%d%.]+)"))
end

local function read(text)
    return {
        complete = number(text, "Complete requests"),
        failed = number(text, "Failed requests"),
        not_ok = number(text, "Non%-2xx responses") or 0,
        seconds = number(text, "Time taken for tests"),
        rate = number(text, "Requests per second"),
        slow = tonumber(text:match("\n%s*99%%%s+(%d+)")),
        slowest = tonumber(text:match("\n%s*100%%%s+(%d+)")),
        text = text,
    }
end

---Runs ab to its end.
---@param url string
---@param options string  as "-k -c 100"
---@param count integer   requests, before scaling
---@return table  { complete, failed, not_ok, seconds, rate, text }, slow and
---  slowest: the milliseconds that 99 % of the requests took at most, and all
---@return integer count  requests asked for
function load.run(url, options, count)
    count = math.ceil(count * load.scale)

    local result = shell.run(
        ("ab -q -s 60 %s -n %d '%s' 2>&1"):format(options, count, url),
        { timeout = 90 }
    )

    return read(result.stdout), count
end

---Starts ab in the background; `finish()` of what comes waits for its end.
function load.start(url, options, count)
    local dir = process.folder("pandan-load")
    local out = dir .. "/out"
    local self = { count = math.ceil(count * load.scale) }
    local words = { "ab", "-q", "-s", "60" }

    for word in options:gmatch("%S+") do
        words[#words + 1] = word
    end

    words[#words + 1] = "-n"
    words[#words + 1] = tostring(self.count)
    words[#words + 1] = url

    local ab = process.start(words, {
        stdout = out,
        env = { LD_PRELOAD = false },
    })

    function self.running()
        return ab:running()
    end

    function self.finish()
        ab:wait(90)
        ab:kill()

        local files = require("support.files")
        local text = files.read(out) or ""

        files.remove(dir)

        return read(text)
    end

    return self
end

--- A location that tells the engine's counters of its worker.
load.counters = [[
    location = /counters {
        content_by_lua_block {
            local ffi = require("ffi")

            pcall(ffi.cdef, "typedef struct {"
                .. " uintptr_t hosts, tasks, waits, timers, sockets;"
                .. " uint64_t resumes; } pdn_spec_counters_t;"
                .. " extern pdn_spec_counters_t ngx_pdn_counters;")

            local c = ffi.C.ngx_pdn_counters

            ngx.say(tonumber(c.hosts), " ", tonumber(c.tasks), " ",
                tonumber(c.waits), " ", tonumber(c.timers), " ",
                tonumber(c.sockets))
        }
    }
]]

---Asks the location above.
---@return string  "hosts tasks waits timers sockets"
function load.count(server)
    return (server:get("/counters").body:gsub("\n", ""))
end

---Waits until the counters are what they were.
---@return string  the counters now
function load.settle(server, wanted, seconds)
    local now

    process.wait_until(seconds or 20, function()
        now = load.count(server)

        return now == wanted
    end)

    return now
end

return load
