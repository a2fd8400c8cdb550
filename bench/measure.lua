-- SPDX-License-Identifier: MIT
--- Requests for each second of CPU that the serving process spent.  Unlike
--- requests per second it says the same on a machine that does other things.
local files = require("support.files")
local shell = require("support.shell")

local measure = {}

local TICKS = tonumber(shell.run("getconf CLK_TCK").stdout)

---CPU time of a process so far, user and system, all of its threads.
---@param pid integer
---@return number seconds
function measure.cpu(pid)
    local stat = files.read(("/proc/%d/stat"):format(pid))
    local rest = stat:match("^.*%) (.*)$")
    local fields = {}

    for field in rest:gmatch("%S+") do
        fields[#fields + 1] = field
    end

    return (fields[12] + fields[13]) / TICKS
end

---One measurement.
---@param pid integer  who serves
---@param url string
---@param seconds number
---@return number  requests per CPU-second
function measure.once(pid, url, seconds)
    local before = measure.cpu(pid)
    local result = shell.run(
        ("wrk -t 1 -c 32 -d %ds '%s'"):format(seconds, url),
        { timeout = seconds + 20 }
    )
    local spent = measure.cpu(pid) - before
    local count = tonumber(result.stdout:match("(%d+) requests in"))

    if not count or result.stdout:find("Non%-2xx") then
        error(url .. ":\n" .. result.stdout .. result.stderr, 0)
    end

    return count / spent
end

---@param list number[]
---@return number
function measure.median(list)
    local sorted = { unpack(list) }

    table.sort(sorted)

    local middle = math.ceil(#sorted / 2)

    if #sorted % 2 == 1 then
        return sorted[middle]
    end

    return (sorted[middle] + sorted[middle + 1]) / 2
end

return measure
