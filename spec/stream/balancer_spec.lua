-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local stream = require("support.stream")

describe("balancer_by_lua in stream", function()
    local server

    setup(function()
        local dir = certificates.folder()

        certificates.issue(dir, "peer", "peer.test")
        server = stream.start({
            allow = { "connect%(%) failed", "upstream timed out" },
            stream = ([[
                server { listen 127.0.0.1:{{port_one}}; return "one"; }
                server { listen 127.0.0.1:{{port_tls}} ssl;
                    ssl_certificate DIR/peer.crt;
                    ssl_certificate_key DIR/peer.key;
                    content_by_lua_block {
                        ngx.say(ngx.var.ssl_server_name, " ",
                            ngx.var.ssl_session_reused)
                    }
                }
                server { listen 127.0.0.1:{{port_silent}};
                    lua_check_client_abort on;
                    content_by_lua_block { ngx.sleep(60) }
                }
                upstream chosen {
                    server 0.0.0.1:1;
                    balancer_by_lua_block {
                        local balancer = require("ngx.balancer")
                        local ctx = ngx.ctx
                        local state, status = balancer.get_last_failure()

                        ctx.tries = (ctx.tries or 0) + 1
                        ngx.log(ngx.WARN, "try ", ctx.tries, " after ", state,
                            " ", status)
                        if ctx.tries == 1 then
                            assert(balancer.set_more_tries(2))
                        end
                        assert(balancer.set_current_peer("127.0.0.1",
                            ctx.tries < 3 and {{port_nobody}}
                            or {{port_one}}))
                    }
                }
                server { listen 127.0.0.1:{{port_retry}};
                    proxy_pass chosen; }
                upstream slow {
                    server 0.0.0.1:1;
                    balancer_by_lua_block {
                        local balancer = require("ngx.balancer")
                        assert(balancer.set_timeouts(1, 0.1, 0.1))
                        assert(balancer.set_current_peer("127.0.0.1",
                            {{port_silent}}))
                    }
                }
                server { listen 127.0.0.1:{{port_timeout}};
                    proxy_timeout 60s;
                    proxy_pass slow;
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "timed out after ",
                            ngx.var.session_time)
                    }
                }
                upstream secure {
                    server 0.0.0.1:1;
                    balancer_by_lua_block {
                        assert(require("ngx.balancer").set_current_peer(
                            "127.0.0.1", {{port_tls}}))
                    }
                }
                server { listen 127.0.0.1:{{port_secure}};
                    proxy_ssl on;
                    proxy_ssl_server_name on;
                    proxy_ssl_name peer.test;
                    proxy_ssl_verify on;
                    proxy_ssl_trusted_certificate DIR/ca.crt;
                    proxy_pass secure;
                }
                upstream refused {
                    server 0.0.0.1:1;
                    balancer_by_lua_block { ngx.exit(403) }
                }
                server { listen 127.0.0.1:{{port_refused}};
                    proxy_pass refused;
                    log_by_lua_block {
                        ngx.log(ngx.WARN, "status ", ngx.status)
                    }
                }
                upstream plain {
                    server 127.0.0.1:{{port_one}};
                    balancer_by_lua_block { local _ = ngx.ctx }
                }
                server { listen 127.0.0.1:{{port_plain}};
                    proxy_pass plain; }
            ]]):gsub("DIR", dir),
        })
    end)

    it("is asked again for each try, and told of the last", function()
        assert.equal("one", stream.ask(server, "retry"))
        server:wait_log("try 1 after nil nil.-try 2 after failed 0.-"
            .. "try 3 after failed 0")
    end)

    it("sets the timeouts of one session", function()
        assert.equal("", stream.ask(server, "timeout"))

        local after = tonumber(server:wait_log("timed out after ([%d.]+)"))
        assert.is_true(after < 5)
    end)

    it("chooses a peer that speaks TLS", function()
        for _ = 1, 3 do
            assert.matches("^peer.test ", stream.ask(server, "secure"))
        end
    end)

    it("refuses with a status", function()
        assert.equal("", stream.ask(server, "refused"))
        server:wait_log("status 403")
    end)

    it("leaves the choice to the configuration", function()
        assert.equal("one", stream.ask(server, "plain"))
        stream.settle(server)
    end)
end)
