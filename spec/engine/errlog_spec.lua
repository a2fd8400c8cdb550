-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local nginx = require("support.nginx")

describe("lua_capture_error_log", function()
    local server

    local function run(code)
        return server:run([[
            local errlog = require("ngx.errlog")
            errlog.get_logs(0)
        ]] .. code)
    end

    setup(function()
        server = code_server.start({
            http = [[
                lua_capture_error_log 4k;
                init_by_lua_block {
                    ngx.log(ngx.WARN, "from init")
                    in_init = require("ngx.errlog").get_logs()
                }
            ]],
            server = [[
                error_log server.log warn;
                location /location {
                    error_log location.log error;
                    content_by_lua_block {
                        ngx.log(ngx.ERR, "of a location")
                        ngx.log(ngx.WARN, "too quiet")
                        ngx.say(require("ngx.errlog").get_sys_filter_level())
                    }
                }
            ]],
        })
    end)

    it("keeps level, time and text of lines until they are asked for",
        function()
            assert.equal("5 true [warn] true 4 two|0", run([[
                ngx.log(ngx.WARN, "one")
                ngx.log(ngx.ERR, "two")
                local logs = errlog.get_logs()
                return table.concat({ logs[1],
                    tostring(math.abs(logs[2] - ngx.now()) < 1),
                    logs[3]:match("%[warn%]"),
                    tostring(logs[3]:find("one", 1, true) ~= nil),
                    logs[4], logs[6]:match("two") }, " ")
                    .. "|" .. #errlog.get_logs()
            ]]))
        end)

    it("gives as many as asked for, into a table of the caller's", function()
        assert.equal("true 6 nil 3", run([[
            for i = 1, 3 do ngx.log(ngx.ERR, i) end
            local mine = { 1, 2, 3, 4, 5, 6, 7 }
            local logs = errlog.get_logs(2, mine)
            return tostring(logs == mine) .. " " .. 6 .. " "
                .. tostring(mine[7]) .. " " .. #errlog.get_logs()
        ]]))
    end)

    it("forgets the oldest when it is full", function()
        assert.equal("true 500", run([[
            for i = 1, 500 do
                ngx.log(ngx.ERR, "line " .. i .. ("x"):rep(i % 37))
            end
            local logs = errlog.get_logs(0)
            local n = #logs / 3
            local right = n > 5
            for i = 1, n do
                local number = 500 - n + i
                right = right and logs[i * 3]:find("line " .. number
                    .. ("x"):rep(number % 37) .. ", client", 1, true)
            end
            return tostring(right ~= nil) .. " "
                .. logs[#logs]:match("line (%d+)")
        ]]))
    end)

    it("captures the logs of locations, with their levels", function()
        run("return ''")
        assert.equal("4\n", server:get("/location").body)
        assert.equal("3 of a location", server:run([[
            local logs = require("ngx.errlog").get_logs()
            return #logs .. " " .. logs[3]:match("of a location")
        ]]))
    end)

    it("has what init_by_lua logged", function()
        assert.matches("from init", run("return in_init[3]"))
    end)

    it("keeps what is bad enough", function()
        assert.equal("true 3 nil missing", run([[
            local ok = errlog.set_filter_level(ngx.ERR)
            ngx.log(ngx.WARN, "quiet")
            ngx.log(ngx.ERR, "loud")
            local n = #errlog.get_logs()
            errlog.set_filter_level(ngx.DEBUG)
            local none, err = errlog.set_filter_level()
            return tostring(ok) .. " " .. n .. " " .. tostring(none) .. " "
                .. err:match("^%S+")
        ]]))
    end)

    it("gets lines as they are from raw_log", function()
        assert.equal("true bad log level", run([[
            errlog.raw_log(ngx.ERR, "plain 100% line")
            local logs = errlog.get_logs()
            local _, err = pcall(errlog.raw_log, 99, "x")
            return tostring(logs[3]:find("plain 100% line, client", 1, true)
                ~= nil) .. " " .. err:match("bad.*")
        ]]))
    end)
end)

describe("without lua_capture_error_log", function()
    it("there is nothing to get", function()
        local server = code_server.start()

        assert.equal('directive "lua_capture_error_log" is not set',
            server:run([[
                return (select(2, require("ngx.errlog").get_logs()))
            ]]))
    end)

    it("too small a size is refused", function()
        local ok, log = nginx.test({ http = "lua_capture_error_log 1k;" })

        assert.is_false(ok)
        assert.matches('invalid capture error log size "1k"', log)
    end)
end)
