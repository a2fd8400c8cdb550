-- SPDX-License-Identifier: MIT
local load = require("support.load")
local redis = require("support.redis")

-- The full size is 1000000; `make check` runs a small one.
local COMMANDS = tonumber(os.getenv("PANDAN_REDIS_COMMANDS")) or 20000

local A_REQUEST, CLIENTS = 40, 20

describe("commands of many requests over shared connections", function()
    it("get their own answers, whatever else goes on", function()
        local server = redis.start()
        local app = redis.app(server:url("query_timeout=20000&limit=20"), {
            workers = 2, code = "A_REQUEST = " .. A_REQUEST,
        })
        local path = app:piece([[
            local tag = ngx.var.request_id
            local short = r:with({ timeout = 1 })

            local function check(i)
                local text = tag .. ":" .. i
                local got, err, code = r:echo(text)
                if got ~= text then error("crossed: " .. tostring(err)) end
            end
            local threads = {}
            for i = 1, A_REQUEST / 4 do
                threads[i] = ngx.thread.spawn(check, i)
            end
            local words = {}
            for i = 1, A_REQUEST / 4 do
                words[i] = { "ECHO", tag .. "p" .. i }
            end
            local replies = assert(r:pipeline(words))
            for i = 1, #words do
                if replies[i] ~= tag .. "p" .. i then error("crossed") end
            end
            for i = 1, A_REQUEST / 4 do check("s" .. i) end
            for i = 1, A_REQUEST / 4 do
                -- one in a hundred is given up before its answer is there
                local own = math.random(100) == 1 and short or r
                local got, err, code = own:echo(tag .. "t" .. i)
                if got ~= tag .. "t" .. i and code ~= "timeout" then
                    error("crossed: " .. tostring(err))
                end
            end
            for i = 1, #threads do
                local ok, err = ngx.thread.wait(threads[i])
                if not ok then error(err) end
            end
            return "own"
        ]])
        local run = load.start("http://127.0.0.1:" .. app.nginx.port .. path,
            "-k -l -c " .. CLIENTS, COMMANDS / A_REQUEST)
        local result = run.finish()

        io.stdout:write(("%d commands of %d requests in %.1f s, %d failed\n")
            :format(result.complete * A_REQUEST, result.complete,
                result.seconds, result.failed + result.not_ok))
        assert.equal(0, result.failed)
        assert.equal(0, result.not_ok)
        assert.equal("own", app.nginx:get(path).body)
        app:run("settle() assert(r:stats().shared <= 1)")
        assert(not app.nginx:error_log():find("crossed", 1, true))
    end)
end)
