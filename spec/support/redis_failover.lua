-- SPDX-License-Identifier: MIT
--- A load of requests while a server of several is lost and another takes its
--- place; how many failed is printed. The pieces see settle_all().
local files = require("support.files")

local failover = {}

---Requests at a time.
failover.THREADS = 20

failover.CODE = [[
    function settle_all(of)
        wait_until(function()
            for _, s in pairs((of or r):stats()) do
                if s.lent + s.waiting + s.pending > 0 then return false end
            end
            return true
        end, "the pools never settled")
    end

    -- Reads and writes until `dir` holds a file "over", and afterwards until
    -- all keys can be written again. Gives numbers as "name=value ...".
    function load(threads, deadline)
        local done, failed, slowest, stop = 0, 0, 0, false
        local codes = {}

        local function one(what, key, ...)
            ngx.update_time()
            local began = ngx.now()
            local value, err, code = r[what](r, key, ...)
            ngx.update_time()
            slowest = math.max(slowest, ngx.now() - began)
            done = done + 1
            if err then
                failed = failed + 1
                codes[code] = (codes[code] or 0) + 1
            end
            return value, err
        end

        local function work(i)
            while not stop do
                for n = 1, 20 do
                    local key = "load" .. i .. ":" .. n
                    one("set", key, key)
                    local value = one("get", key)
                    assert(value == nil or value == key, value)
                end
                ngx.sleep(0.001)
            end
        end

        local list = {}
        for i = 1, threads do list[i] = ngx.thread.spawn(work, i) end
        for _ = 1, 3000 do
            local file = io.open(dir .. "/over")
            if file then file:close() break end
            ngx.sleep(0.01)
        end
        wait_until(function()
            for i = 1, 60 do
                if not r:set("key" .. i, i) then return false end
            end
            return true
        end, "it never came back")
        stop = true
        for i = 1, threads do
            local ok, err = ngx.thread.wait(list[i])
            assert(ok, err)
        end
        assert(slowest < deadline + 1, "one hung for " .. slowest)

        local text = ("done=%d failed=%d slowest=%.2f"):format(done, failed,
            slowest)
        for code, count in pairs(codes) do
            text = text .. (" %s=%d"):format(code, count)
        end
        return text
    end
]]

---Runs the load, breaks something in the middle, and prints what came of it.
---@param app table     of support.redis, with failover.CODE
---@param what string   what is broken, for people
---@param break_it fun()
---@return table<string, number> numbers  done, failed, slowest
function failover.run(app, what, break_it)
    local path = app:piece(("return load(%d, 15)"):format(failover.THREADS))
    local conn = app.nginx:connect(60)

    files.remove(app.nginx.dir .. "/over")
    conn:send("GET " .. path .. " HTTP/1.1\r\nHost: x\r\n"
        .. "Connection: close\r\n\r\n")
    app:run("wait_until(function() return r:get('load1:20') end)")
    break_it()
    files.write(app.nginx.dir .. "/over", "")

    local body = conn:response().body
    local numbers = {}

    for name, value in body:gmatch("([%w_]+)=([%d.]+)") do
        numbers[name] = tonumber(value)
    end
    if not numbers.done then
        error(body, 2)
    end

    io.stdout:write(what, ": ", body, "\n")
    return numbers
end

return failover
