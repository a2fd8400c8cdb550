-- SPDX-License-Identifier: MIT
--- A shop's product pages: many readers of many products, in four workers,
--- and the Redis of level 3 hangs and then dies while they read. Nobody is to
--- notice, and no product is to be loaded more than once for each time that
--- it expires. `make bench-jshop` has the size of the original, 200 readers of
--- 10,000 products, and prints the numbers.
local load = require("support.load")
local nginx = require("support.nginx")
local process = require("support.process")
local redis = require("support.redis")

local FULL = os.getenv("PANDAN_JSHOP") == "full"
local PRODUCTS = FULL and 10000 or 400
local READERS = FULL and 200 or 40
local REQUESTS = FULL and 400000 or 40000
local TTL = FULL and 4 or 0.4

local HTTP = [[
    lua_shared_dict pandan 16m;
    lua_shared_dict pandan_cache 64m;
    init_worker_by_lua_block {
        local dict = ngx.shared.pandan
        local ttl = %f

        cache = require("pandan.cache").new("shop", {
            ttl = ttl, remote = { url = "%s", timeout = 0.1, retry = 0.2 },
            items = %d,
        })

        -- the database: slow, and it notes who asks too often
        load = function(key)
            local last = dict:get("loaded " .. key)
            local now = ngx.now()

            dict:incr("loads", 1, 0)
            ngx.sleep(0.005)

            -- what is kept is fresh from the end of its load on
            if last and now < last + ttl - 0.002 then
                dict:incr("early", 1, 0)
            end
            ngx.update_time()
            dict:set("loaded " .. key, ngx.now())

            return {
                id = key, name = "product " .. key, cents = #key * 100,
                text = ("all about " .. key .. ". "):rep(20),
            }
        end
    }
]]

local SERVER = [[
    location = /product {
        content_by_lua_block {
            local key = tostring(math.random(%d))
            local product, err = cache:get(key, nil, load)

            ngx.shared.pandan:incr("requests", 1, 0)
            if not product or product.id ~= key then
                ngx.log(ngx.ERR, "no product: ", err)
                return ngx.exit(500)
            end
            ngx.say(product.name)
        }
    }
    location = /numbers {
        content_by_lua_block {
            local dict = ngx.shared.pandan
            local all = require("pandan.cache.counters").read(cache.view)
            local list = {}
            for _, name in ipairs({ "requests", "loads", "early" }) do
                all[name] = dict:get(name) or 0
            end
            for name, value in pairs(all) do
                list[#list + 1] = name .. "=" .. value
            end
            table.sort(list)
            ngx.say(table.concat(list, " "))
        }
    }
]]

local REPORT = [[
%d products, %d readers, 4 workers: %d requests in %.1f s (%.0f a second)
each answered in %d ms (99 of 100), %d ms (all); %d failed
%d loads, %d of them of a product that was still fresh
hits: %d on level 1, %d on 2, %d on 3; %d waited for another one's load
Redis hung, then was killed: %d calls failed
]]

describe("a shop whose Redis stops in the middle", function()
    local server, store

    local function numbers()
        local found = {}

        for name, value in server:get("/numbers").body
            :gmatch("([%w_]+)=(%d+)")
        do
            found[name] = tonumber(value)
        end
        return found
    end

    local function await_requests(count)
        assert(process.wait_until(60, function()
            return numbers().requests >= count
        end))
    end

    setup(function()
        store = redis.start()
        server = nginx.start({
            workers = 4, listen = "reuseport", log_level = "warn",
            http = HTTP:format(TTL, store:url(), PRODUCTS),
            server = SERVER:format(PRODUCTS),
        })
    end)

    it("answers all, and loads each product once for each expiry", function()
        local url = ("http://127.0.0.1:%d/product"):format(server.port)
        local readers = load.start(url, "-k -l -c " .. READERS, REQUESTS)
        local began = os.time()

        await_requests(readers.count * 0.3)
        store:pause()
        await_requests(readers.count * 0.5)
        store:kill()

        local result = readers.finish()
        local seen = numbers()

        io.stdout:write(REPORT:format(PRODUCTS, READERS, result.complete,
            result.seconds, result.rate, result.slow, result.slowest,
            result.failed + result.not_ok, seen.loads, seen.early,
            seen.l1_hits, seen.l2_hits, seen.l3_hits, seen.waits,
            seen.l3_errors))

        assert.equal(readers.count, result.complete)
        assert.equal(0, result.failed)
        assert.equal(0, result.not_ok)
        assert.equal(0, seen.early)
        assert.is_true(seen.l3_errors > 0)
        assert.is_true(seen.loads
            <= PRODUCTS * (math.ceil((os.time() - began + 1) / TTL) + 1))
        server:wait_log("goes on without its server")
    end)
end)
