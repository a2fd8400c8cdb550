-- SPDX-License-Identifier: MIT
--- Rows for Redis and memcached: ours, Debian's lua-nginx-redis and
--- lua-nginx-memcached on its Lua module, and Node's redis. A row of one
--- command does it ten times, one of twenty keys or a hash five times, so that
--- its cost stands out from that of the request around it.
local stores = {}

local COUNT = 20

local function content(...)
    return "content_by_lua_block {\n" .. table.concat({ ... }, "\n")
        .. "\nngx.print(\"done\")\n}"
end

-- What every worker needs once.
local OURS = [[
    local r = package.loaded.bench_redis
    if not r then
        r = require("pandan.redis").open("redis://127.0.0.1:"
            .. os.getenv("REDIS_PORT"))
        package.loaded.bench_redis = r
    end
]]

local PEER = [[
    local r = require("nginx.redis"):new()
    assert(r:connect("127.0.0.1", tonumber(os.getenv("REDIS_PORT"))))
]]

local OUR_MEMCACHED = [[
    local m = package.loaded.bench_memcached
    if not m then
        m = require("pandan.memcached").open("memcached://127.0.0.1:"
            .. os.getenv("MEMCACHED_PORT"))
        package.loaded.bench_memcached = m
    end
]]

local PEER_MEMCACHED = [[
    local m = require("nginx.memcached"):new()
    assert(m:connect("127.0.0.1", tonumber(os.getenv("MEMCACHED_PORT"))))
]]

local KEEP = "assert(%s:set_keepalive(60000, 32))"

-- Keys, and a hash of 50 fields.
local KEYS = ([[
    local keys = package.loaded.bench_store_keys
    if not keys then
        keys = {}
        for i = 1, %d do
            keys[i] = "bench:" .. i
        end
        package.loaded.bench_store_keys = keys
        %%s
    end
]]):format(COUNT)

local FILL = [[
    for i = 1, #keys do
        assert(r:set(keys[i], ("value " .. i):rep(10)))
    end
    local fields = {}
    for i = 1, 50 do
        fields[2 * i - 1] = "field" .. i
        fields[2 * i] = "value " .. i
    end
    assert(r:hset("bench:hash", unpack(fields)))
]]

local FILL_MEMCACHED = [[
    for i = 1, #keys do
        assert(m:set(keys[i], ("value " .. i):rep(10)))
    end
]]

local function five(code)
    return code and "for _ = 1, 5 do\n" .. code .. "\nend"
end

local function redis_row(name, code, peer_code)
    return {
        name = name, expect = "done", node_redis = true,
        pandan = content(OURS, KEYS:format(FILL), code),
        peer = content(PEER, KEYS:format(FILL), peer_code or code,
            KEEP:format("r")),
    }
end

local function memcached_row(name, code, peer_code)
    local keys = KEYS:gsub("bench_store_keys", "bench_memcached_keys")

    return {
        name = name, expect = "done",
        pandan = content(OUR_MEMCACHED, keys:format(FILL_MEMCACHED), code),
        peer = content(PEER_MEMCACHED, keys:format(FILL_MEMCACHED),
            peer_code or code, KEEP:format("m")),
    }
end

local GET = [[
    for i = 1, 10 do
        assert(%s:get(keys[i]))
    end
]]

local SET = [[
    for i = 1, 10 do
        assert(%s:set(keys[i], "a value of some bytes"))
    end
]]

stores.rows = {
    redis_row("redis-get", GET:format("r")),
    redis_row("redis-set", SET:format("r")),
    redis_row("redis-mget", five("assert(#r:mget(keys) == 20)"),
        five("assert(#r:mget(unpack(keys)) == 20)")),
    redis_row("redis-pipe", five([[
        local replies = r:pipeline(function(p)
            for i = 1, 20 do
                p:get(keys[i])
            end
        end)
        assert(#replies == 20)
    ]]), five([[
        r:init_pipeline(20)
        for i = 1, 20 do
            r:get(keys[i])
        end
        assert(#r:commit_pipeline() == 20)
    ]])),
    redis_row("redis-hash",
        five([[assert(r:hgetall("bench:hash").field50)]]),
        five([[assert(r:array_to_hash(r:hgetall("bench:hash")).field50)]])),
    memcached_row("memc-get", GET:format("m")),
    memcached_row("memc-set", SET:format("m")),
    memcached_row("memc-mget", five("assert(m:get_multi(keys)[keys[20] ])"),
        five("assert(m:get(keys)[keys[20] ])")),
}

return stores
