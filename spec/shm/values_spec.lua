-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("a shared dictionary", function()
    local server

    local function run(code)
        return server:run(code)
    end

    setup(function()
        server = code_server.start({
            http = "lua_shared_dict dogs 1m; lua_shared_dict tiny 16k;",
        })
    end)

    it("keeps strings, numbers and booleans", function()
        assert.equal("a|1.5|false|nil", run([[
            local dogs = ngx.shared.dogs
            dogs:set("s", "a")
            dogs:set("n", 1.5)
            dogs:set("b", false)
            return tostring(dogs:get("s")) .. "|" .. dogs:get("n") .. "|"
                .. tostring(dogs:get("b")) .. "|" .. tostring(dogs:get("z"))
        ]]))
    end)

    it("gives one value for what it does not hold, two with flags", function()
        assert.equal("1 1 2 2", run([[
            local dogs = ngx.shared.dogs
            local function count(...) return select("#", ...) end
            dogs:set("plain", 1)
            dogs:set("flagged", 1, 0, 9)
            return count(dogs:get("none")) .. " " .. count(dogs:get("plain"))
                .. " " .. count(dogs:get("flagged")) .. " "
                .. count(dogs:get(""))
        ]]))
    end)

    it("gives flags back and takes nil as deletion", function()
        assert.equal("a7nil", run([[
            local dogs = ngx.shared.dogs
            dogs:set("f", "a", 0, 7)
            local v, flags = dogs:get("f")
            dogs:set("f", nil)
            return v .. flags .. tostring(dogs:get("f"))
        ]]))
    end)

    it("adds only what is not there, replaces only what is", function()
        assert.equal("true,false,exists,false,not found,true", run([[
            local d = ngx.shared.dogs
            d:delete("k")
            local a = d:add("k", 1)
            local b, berr = d:add("k", 2)
            local c, cerr = d:replace("nobody", 1)
            local e = d:replace("k", 3)
            return table.concat({ tostring(a), tostring(b), berr, tostring(c),
                cerr, tostring(e) }, ",")
        ]]))
    end)

    it("counts, from an initial value if asked", function()
        assert.equal("not found,6,not a number", run([[
            local d = ngx.shared.dogs
            d:delete("c")
            local _, err = d:incr("c", 1)
            local n = d:incr("c", 1, 5)
            d:set("s", "x")
            local _, err2 = d:incr("s", 1)
            return err .. "," .. n .. "," .. err2
        ]]))
    end)

    it("forgets after a time, and can still show the stale value", function()
        assert.equal("nil,v,true", run([[
            local d = ngx.shared.dogs
            d:set("e", "v", 0.001)
            ngx.sleep(0.01)
            local stale, _, is_stale = d:get_stale("e")
            return tostring(d:get("e")) .. "," .. stale .. ","
                .. tostring(is_stale)
        ]]))
    end)

    it("names the mistakes in a key", function()
        assert.equal("nil key,empty key,key too long", run([[
            local d = ngx.shared.dogs
            local _, a = d:get(nil)
            local _, b = d:get("")
            local _, c = d:get(("x"):rep(65536))
            return table.concat({ a, b, c }, ",")
        ]]))
    end)

    it("tells the time left and changes it", function()
        assert.equal("0,true,not found", run([[
            local d = ngx.shared.dogs
            d:set("t", 1)
            local forever = d:ttl("t")
            d:expire("t", 10)
            local left = d:ttl("t")
            local _, err = d:ttl("nobody")
            return forever .. "," .. tostring(left > 9 and left <= 10) .. ","
                .. err
        ]]))
    end)

    it("evicts the oldest when full, unless told to be safe", function()
        assert.equal("true,true,false,no memory", run([[
            local d = ngx.shared.tiny
            local big = ("x"):rep(1000)
            local forcible
            for i = 1, 100 do
                local ok, err, f = d:set("k" .. i, big)
                forcible = forcible or f
            end
            local last = d:get("k100") == big
            local ok, err
            for i = 1, 100 do
                ok, err = d:safe_set("s" .. i, big)
                if not ok then break end
            end
            return table.concat({ tostring(forcible), tostring(last),
                tostring(ok), err }, ",")
        ]]))
    end)

    it("has lists", function()
        assert.equal("1,2,3,3,a,c,b,0,nil,value not a list", run([[
            local d = ngx.shared.dogs
            d:delete("l")
            local out = { d:rpush("l", "b"), d:lpush("l", "a"),
                d:rpush("l", "c"), d:llen("l"), d:lpop("l"), d:rpop("l"),
                d:lpop("l"), d:llen("l"), tostring(d:lpop("l")) }
            d:set("s", 1)
            local _, err = d:lpush("s", 1)
            out[#out + 1] = err
            return table.concat(out, ",")
        ]]))
    end)

    it("lists its keys and forgets all of them", function()
        assert.equal("2,0", run([[
            local d = ngx.shared.tiny
            d:flush_all()
            d:flush_expired()
            d:set("a", 1)
            d:set("b", 1)
            local n = #d:get_keys()
            d:flush_all()
            return n .. "," .. #d:get_keys()
        ]]))
    end)
end)
