-- SPDX-License-Identifier: MIT
--- Hosts that share a cache by a server: each an nginx of its own, which runs
--- the code that it is sent. The code sees `cache`, `loads` and `load`, which
--- counts, `look(key, options)`, which gives the value and where it came from,
--- and `await(fn)`, which waits until fn() gives what is true.
local workers = require("support.workers")

local cache_hosts = {}

local HTTP = [[
    lua_shared_dict pandan 1m;
    lua_shared_dict pandan_cache 4m;
    init_worker_by_lua_block {
        cache = require("pandan.cache").new("specs", {
            ttl = 30, error_ttl = 0, wait = 10, %s
            remote = { url = "%s", timeout = 0.5, retry = 0.1 },
        })
        counted = require("pandan.cache.counters").read
        loads = 0
        load = function(key)
            loads = loads + 1
            return key .. loads
        end
        look = function(key, options)
            local value, err, from = cache:get(key, options, load)
            return tostring(value) .. " " .. tostring(err or from)
        end
        await = function(fn)
            for _ = 1, 1000 do
                local value = fn()
                if value then return value end
                ngx.sleep(0.01)
            end
            error("it never happened")
        end
    }
]]

---@param url string  of the server
---@param options? table  count (of workers), more (options of the cache), allow
---@return table host  of support.workers
function cache_hosts.start(url, options)
    options = options or {}

    return workers.start(options.count or 1, {
        http = HTTP:format(options.more or "", url), allow = options.allow,
    })
end

---Has hosts load the same key at the same time, slowly.
---@param ... table  hosts
---@return string[] values
function cache_hosts.load_slowly(...)
    local list = { ... }

    for i, host in ipairs(list) do
        list[i] = host:connect(20)
        list[i]:request("POST", "/run", { body = [[
            return (cache:get("slow", nil, function(key)
                ngx.sleep(0.2)
                return key .. ngx.worker.pid()
            end))
        ]] })
    end

    for i, connection in ipairs(list) do
        list[i] = connection:response().body
        connection:close()
    end
    return list
end

--- Deletes what is being loaded, and gives what is there then.
cache_hosts.DELETE_AMID_LOAD = [[
    cache:get("race", nil, function()
        cache:delete("race")
        return "old"
    end)
    return tostring((cache:get("race")))
]]

return cache_hosts
