-- SPDX-License-Identifier: MIT
--- Rows for hits of pandan.cache on each level, beside lua-resty-mlcache on
--- Debian's module. That is no package of Debian: its lib/resty, and that of
--- lua-resty-lock, are looked for in build/bench/mlcache, or where MLCACHE
--- says; without them the rows have no peer.
local files = require("support.files")
local paths = require("support.paths")

local caching = {}

local DEBIAN = paths.root .. "/build/debian/usr/share/lua/5.1"

local MLCACHE = os.getenv("MLCACHE") or paths.build .. "/bench/mlcache"

caching.http = [[
    lua_shared_dict bench_cache 32m;
    lua_shared_dict bench_locks 1m;
    lua_shared_dict bench_misses 1m;
]]

-- What a shop keeps of a product.
local LOAD = [[
    local function load(key)
        return {
            id = key, name = "a product", cents = 1299,
            tags = { "red", "large", "new" }, stock = { here = 3, there = 9 },
            text = ("all about it. "):rep(20),
        }
    end
]]

-- One object for each row, made and filled by its first request: hits are
-- measured, and what LuaJIT compiles is to be these.
local function once(name, make)
    return ([[
        local c = package.loaded["%s"]
        if not c then
            c = (function() %s end)()
            package.loaded["%s"] = c
            for i = 0, 49 do
                assert(c:get("product:" .. i, nil, load))
            end
        end
    ]]):format(name, make, name)
end

local function mlcache(name, items, more)
    return once(name, ([[
        package.path = "%s/?.lua;%s/?.lua;" .. package.path
        return assert(require("resty.mlcache").new("%s", "bench_cache", {
            lru_size = %d, ttl = 3600, shm_locks = "bench_locks",
            shm_miss = "bench_misses", %s
        }))
    ]]):format(MLCACHE, DEBIAN, name, items, more or ""))
end

local function ours(name, items, more)
    return once(name, ([[
        return require("pandan.cache").new("%s", {
            items = %d, ttl = 3600, zone = "bench_cache", %s
        })
    ]]):format(name, items, more or ""))
end

local function content(...)
    return "content_by_lua_block {\n" .. table.concat({ ... }, "\n")
        .. "\nngx.print(\"done\")\n}"
end

-- All of the time in memory of the worker.
local L1 = [[
    local keys = package.loaded.bench_keys
    if not keys then
        keys = {}
        for i = 0, 49 do
            keys[i] = "product:" .. i
        end
        package.loaded.bench_keys = keys
    end
    local value
    for _ = 1, 400 do
        for i = 0, 49 do
            value = c:get(keys[i], nil, load)
        end
    end
    assert(value.cents == 1299)
]]

-- Level 1 holds one item, so that the other one is on level 2.
local L2 = [[
    for _ = 1, 200 do
        assert(c:get("product:7", nil, load).cents == 1299)
        assert(c:get("product:8", nil, load).cents == 1299)
    end
]]

-- Levels 1 and 2 forget it, Redis has it. Each request has another key, so
-- none waits for another one.
local KEY = [[
    local n = (package.loaded.bench_count or 0) + 1
    local key = "product:" .. n % 50
    package.loaded.bench_count = n
]]

local OUR_L3 = KEY .. [[
    assert(c:get(key, nil, load).cents == 1299)
    c:forget(key)
]]

local PEER_L3 = KEY .. [[
    local function from_redis(key)
        local redis = require("nginx.redis"):new()
        assert(redis:connect("127.0.0.1", tonumber(os.getenv("REDIS_PORT"))))
        local text = redis:get(key)
        local value
        if text == ngx.null then
            value = load(key)
            redis:set(key, require("cjson.safe").encode(value))
        else
            value = require("cjson.safe").decode(text)
        end
        redis:set_keepalive()
        return value
    end
    assert(c:get(key, nil, from_redis, key).cents == 1299)
    c:delete(key)
]]

local NO_IPC = [[
    ipc = {
        register_listeners = function() return true end,
        broadcast = function() return true end,
        poll = function() return true end,
    },
]]

local REMOTE = [[
    remote = "redis://127.0.0.1:" .. os.getenv("REDIS_PORT"),
]]

local has_peer = files.read(MLCACHE .. "/resty/mlcache.lua") ~= nil

local function row(name, our_code, peer_code)
    return {
        name = name, expect = "done", pandan = our_code,
        peer = has_peer and peer_code or nil,
    }
end

caching.rows = {
    row("cache-l1", content(LOAD, ours("l1", 100), L1),
        content(LOAD, mlcache("l1", 100), L1)),
    row("cache-l2", content(LOAD, ours("l2", 1), L2),
        content(LOAD, mlcache("l2", 1), L2)),
    row("cache-l3", content(LOAD, ours("l3", 100, REMOTE), OUR_L3),
        content(LOAD, mlcache("l3", 100, NO_IPC), PEER_L3)),
}

return caching
