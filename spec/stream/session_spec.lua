-- SPDX-License-Identifier: MIT
local stream = require("support.stream")

describe("a session of stream", function()
    local server

    setup(function()
        server = stream.start({
            stream = [[
                lua_add_variable $mood;
                log_format line "status=$status mood=$mood";
                access_log {{dir}}/stream.log line;
                server { listen 127.0.0.1:{{port_print}};
                    content_by_lua_block {
                        ngx.print("a", 1, { "b", { true } })
                        ngx.say(" ", ngx.null)
                        ngx.flush(true)
                        ngx.sleep(0.001)
                        ngx.say(ngx.get_phase(), " ", ngx.config.subsystem,
                            " ", ngx.var.protocol)
                    }
                }
                server { listen 127.0.0.1:{{port_exit}};
                    preread_by_lua_block {
                        ngx.ctx.from = ngx.get_phase()
                        ngx.var.mood = "good"
                    }
                    content_by_lua_block {
                        ngx.say("from ", ngx.ctx.from)
                        ngx.exit(403)
                        ngx.say("never")
                    }
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "ended: ", ngx.var.mood, " ",
                            ngx.status)
                    }
                }
                server { listen 127.0.0.1:{{port_raise}};
                    content_by_lua_block {
                        ngx.say("before")
                        error("on purpose")
                    }
                }
                server { listen 127.0.0.1:{{port_eof}};
                    content_by_lua_block {
                        ngx.say("all")
                        ngx.eof()
                        ngx.log(ngx.WARN, "then: ", select(2, ngx.say("more")))
                    }
                }
                server { listen 127.0.0.1:{{port_refuse}};
                    log_by_lua_block { ngx.sleep(1) }
                    return "";
                }
                server { listen 127.0.0.1:{{port_threads}};
                    content_by_lua_block {
                        local t = {}
                        for i = 1, 3 do
                            t[i] = ngx.thread.spawn(function()
                                ngx.sleep(0.001 * i)
                                ngx.say("thread ", i)
                            end)
                        end
                        for i = 1, 3 do ngx.thread.wait(t[i]) end
                    }
                }
            ]],
        })
    end)

    it("sends what is printed", function()
        assert.equal("a1btrue null\ncontent stream TCP\n",
            stream.ask(server, "print"))
    end)

    it("ends with the status of ngx.exit, and knows it when it logs",
        function()
            assert.equal("from preread\n", stream.ask(server, "exit"))
            server:wait_log("ended: good 403")
        end)

    it("sends what was printed before an error", function()
        assert.equal("before\n", stream.ask(server, "raise"))
        server:wait_log(" lua entry thread aborted.-on purpose")
    end)

    it("prints nothing after eof", function()
        assert.equal("all\n", stream.ask(server, "eof"))
        server:wait_log("then: seen eof")
    end)

    it("says where a call that was refused may stand", function()
        stream.ask(server, "refuse")
        server:wait_log("sleep%(%) may not be used in log_by_lua%*, but in "
            .. "ssl_client_hello_by_lua%*, ssl_certificate_by_lua%*, "
            .. "preread_by_lua%*, content_by_lua%*, ngx.timer.%*; do it in "
            .. "a timer")
    end)

    it("runs threads", function()
        assert.equal("thread 1\nthread 2\nthread 3\n",
            stream.ask(server, "threads"))
        stream.settle(server)
    end)
end)
