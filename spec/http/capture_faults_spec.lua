-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local shell = require("support.shell")

describe("code with running subrequests", function()
    local server

    setup(function()
        server = nginx.start({
            server = [[
                location /sleep { content_by_lua_block {
                    ngx.sleep(tonumber(ngx.var.args))
                    ngx.print("slept")
                } }

                location /aborted {
                    lua_check_client_abort on;
                    content_by_lua_block {
                        ngx.log(ngx.WARN, "aborted waits")
                        ngx.location.capture("/sleep?30")
                    }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "aborted with ", ngx.status)
                    }
                }

                location /kill { content_by_lua_block {
                    local thread = ngx.thread.spawn(function()
                        return ngx.location.capture("/sleep?0.005").body
                    end)
                    ngx.print(select(2, ngx.thread.kill(thread)), ", ")
                    ngx.print(select(2, ngx.thread.wait(thread)))
                } }

                location /exit { content_by_lua_block {
                    local thread = ngx.thread.spawn(function()
                        return ngx.location.capture("/sleep?0.005").body
                    end)
                    for _, leave in ipairs({ ngx.exit, ngx.exec,
                                             ngx.redirect }) do
                        local _, err = pcall(leave, leave == ngx.exit and 200
                            or "/sleep")
                        ngx.say(err:match("attempt.*"))
                    end
                    ngx.print(select(2, ngx.thread.wait(thread)))
                } }

                location /raises {
                    content_by_lua_block {
                        ngx.thread.spawn(ngx.location.capture, "/sleep?30")
                        error("raised on purpose")
                    }
                    log_by_lua_block { ngx.log(ngx.WARN, "raises is over") }
                }

                location /hangs_up {
                    content_by_lua_block {
                        ngx.thread.spawn(ngx.location.capture, "/sleep?30")
                        ngx.exit(444)
                    }
                    log_by_lua_block { ngx.log(ngx.WARN, "hung up") }
                }

                location /across_c { content_by_lua_block {
                    local _, err = pcall(string.gsub, "a", "a", function()
                        ngx.location.capture("/sleep?30")
                    end)
                    local _, nested = pcall(string.gsub, "a", "a", function()
                        coroutine.wrap(function()
                            ngx.location.capture("/sleep?30")
                        end)()
                    end)
                    ngx.say(err, ", ", nested)
                    ngx.print(ngx.location.capture("/sleep?0").body)
                } }

                location /inner_failure { content_by_lua_block {
                    local res = ngx.location.capture("/outer")
                    ngx.print(res.status, " ",
                        ngx.location.capture("/sleep?0.03").body)
                } }

                location /outer { content_by_lua_block {
                    ngx.thread.spawn(ngx.location.capture, "/sleep?0.01")
                    error("raised on purpose")
                } }

                location /bad_options { content_by_lua_block {
                    local function err(...)
                        ngx.say((select(2, pcall(ngx.location.capture, ...))))
                    end
                    err()
                    err("/sleep", 1)
                    err("/sleep", { args = true })
                    err("/sleep", { vars = { a = {} } })
                    err("/sleep", { vars = { args2 = 1 } })
                    err("/sleep", { vars = { nginx_version = 1 } })
                    err("/sleep", { method = "GET" })
                    err("/sleep", { method = 1000 })
                    err("/sleep", { ctx = 1 })
                    err("/sleep", { body = {} })
                    err("/../x")
                    ngx.say((select(2, pcall(ngx.location.capture_multi, {
                        { "/sleep?30" }, { "/sleep", 1 },
                    }))))
                } }

                location /counters { content_by_lua_block {
                    local c = require("pandan.runtime").counters()
                    ngx.print(c.waits, " ", c.tasks)
                } }
            ]],
            http = [[
                server {
                    listen 127.0.0.1:{{port_h2}} http2;
                    location / { content_by_lua_block {
                        ngx.print(select(2, pcall(ngx.location.capture, "/")))
                    } }
                }
            ]],
            allow = {
                "raised on purpose", "cannot be assigned a value",
                "not changeable", "unsupported HTTP method",
                "unsafe URI", "client prematurely closed",
            },
        })
    end)

    teardown(function()
        server:stop()
    end)

    it("ends with its client, and takes them along", function()
        local conn = server:connect()

        conn:request("GET", "/aborted")
        server:wait_log("aborted waits")
        conn:close()
        server:wait_log("aborted with 499")
    end)

    it("cannot be killed", function()
        assert.equal("pending subrequests, slept", server:get("/kill").body)
    end)

    it("cannot leave, but go on", function()
        local refused = "attempt to abort with pending subrequests\n"

        assert.equal(refused:rep(3) .. "slept", server:get("/exit").body)
    end)

    it("drops the connection when it fails", function()
        pcall(server.get, server, "/raises")
        server:wait_log("raises is over")
    end)

    it("starts none where it cannot wait", function()
        local refused = "attempt to yield across C-call boundary"

        assert.equal(refused .. ", " .. refused .. "\nslept",
                     server:get("/across_c").body)
    end)

    it("may hang up", function()
        pcall(server.get, server, "/hangs_up")
        server:wait_log("hung up")
    end)

    it("is a subrequest whose failure is its answer", function()
        assert.equal("500 slept", server:get("/inner_failure").body)
    end)

    it("is told what is wrong before any of them starts", function()
        local body = server:get("/bad_options").body

        assert.equal(table.concat({
            "expecting one or two arguments",
            "expecting table as the 2nd argument for subrequest 0, "
                .. "but got number",
            "Bad args option value",
            "attempt to use bad variable value type table",
            "failed to adjust the subrequest: -1",
            "failed to adjust the subrequest: 500",
            "Bad http request method",
            "failed to issue subrequest: -1",
            "Bad ctx option value type number, expected a Lua table",
            "Bad http request body",
            "unsafe uri in argument #1: /../x",
            "expecting table as the 2nd argument for subrequest 1, "
                .. "but got number",
            "",
        }, "\n"), body)
    end)

    it("is refused over HTTP/2, as by the original", function()
        local run = shell.run(("curl -s --http2-prior-knowledge "
            .. "http://127.0.0.1:%d/"):format(server.ports.port_h2))

        assert.equal("http2 requests not supported yet", run.stdout)
    end)

    it("leaves nothing behind", function()
        assert.equal("0 1", server:get("/counters").body)
    end)
end)
