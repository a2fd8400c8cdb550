-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")

describe("balancer_by_lua", function()
    local server

    setup(function()
        local silent = peer.start(peer.wait_for_end)

        server = nginx.start({
            files = {
                ["balance.lua"] = [[
                    local port = tonumber(ngx.var.arg_port)
                    print(require("ngx.balancer").set_current_peer(
                        "127.0.0.1", port))
                ]],
            },
            http = ([[
                lua_shared_dict tries 64k;
                upstream chosen {
                    server 0.0.0.1;
                    balancer_by_lua_block {
                        local balancer = require("ngx.balancer")
                        local peers = ngx.ctx.peers
                        local state, status = balancer.get_last_failure()

                        ngx.ctx.seen = (ngx.ctx.seen or "")
                            .. tostring(state) .. tostring(status) .. " "

                        if not state then
                            ngx.ctx.warning = select(2,
                                assert(balancer.set_more_tries(#peers - 1)))
                        end

                        local addr = table.remove(peers, 1)
                        assert(balancer.set_current_peer(addr[1], addr[2]))

                        if addr.timeout then
                            assert(balancer.set_timeouts(nil, nil,
                                addr.timeout))
                        end
                    }
                }
                upstream by_file {
                    server 0.0.0.1;
                    balancer_by_lua_file {{dir}}/balance.lua;
                    keepalive 4;
                }
                upstream refused {
                    server 0.0.0.1;
                    balancer_by_lua_block {
                        ngx.exit(tonumber(ngx.var.arg_status))
                    }
                }
                upstream broken {
                    server 0.0.0.1;
                    balancer_by_lua_block { error("no peers today") }
                }
                upstream waits {
                    server 0.0.0.1;
                    balancer_by_lua_block { ngx.sleep(1) }
                }
                upstream renewed {
                    server 0.0.0.1;
                    balancer_by_lua_block {
                        local balancer = require("ngx.balancer")
                        ngx.req.set_header("X-Try",
                            (tonumber(ngx.var.http_x_try) or 0) + 1)

                        if balancer.get_last_failure() then
                            assert(balancer.recreate_request())
                            balancer.set_current_peer("127.0.0.1",
                                {{port_live}})
                        else
                            balancer.set_more_tries(1)
                            balancer.set_current_peer("127.0.0.1",
                                {{port_dead}})
                        end
                    }
                }
                upstream listed { server 127.0.0.1:{{port_live}};
                    balancer_by_lua_block { } }

                server {
                    listen 127.0.0.1:{{port_live}};
                    location / { return 200 "live $request_uri\n"; }
                    location /echo { content_by_lua_block {
                        ngx.req.read_body()
                        ngx.say(ngx.var.http_x_try, " ",
                            ngx.req.get_body_data())
                    } }
                }
                server {
                    listen unix:{{dir}}/sick.sock;
                    return 503 "sick\n";
                }
                init_by_lua_block {
                    local live = { "127.0.0.1", {{port_live}} }
                    local dead = { "127.0.0.1", {{port_dead}} }
                    local silent = { "127.0.0.1", SILENT, timeout = 0.05 }
                    local sick = { "unix:{{dir}}/sick.sock" }

                    lists = {
                        first = { live },
                        third = { dead, dead, live },
                        none = { dead, dead },
                        late = { silent, live },
                        sick = { sick, live },
                    }
                }
            ]]):gsub("SILENT", silent.port),
            server = [[
                location /chosen/ {
                    rewrite_by_lua_block {
                        local name = ngx.var.uri:match("(%w+)$")
                        ngx.ctx.peers = { unpack(lists[name]) }
                    }
                    header_filter_by_lua_block {
                        ngx.header["X-Seen"] = ngx.ctx.seen
                        ngx.header["X-Warning"] = ngx.ctx.warning
                    }
                    proxy_pass http://chosen;
                    proxy_next_upstream error timeout http_503;

                    location /chosen/limited/ {
                        proxy_pass http://chosen;
                        proxy_next_upstream_tries 2;
                    }
                }
                location /file { proxy_pass http://by_file; }
                location /refused {
                    error_page 403 = /forbidden;
                    proxy_pass http://refused;
                }
                location /forbidden { return 403 "our page\n"; }
                location /broken { proxy_pass http://broken; }
                location /waits { proxy_pass http://waits; }
                location /echo { proxy_pass http://renewed; }
                location /listed { proxy_pass http://listed; }
                location /elsewhere { content_by_lua_block {
                    local balancer = require("ngx.balancer")
                    ngx.say(select(2, balancer.set_current_peer("1.2.3.4")))
                    ngx.say((select(3, balancer.get_last_failure())))
                } }
            ]],
            allow = { "connect%(%) failed", "upstream timed out",
                "no peers today", "API disabled", "no live upstreams" },
        })
    end)

    it("passes the request to the peer it chooses", function()
        local response = server:get("/chosen/first")

        assert.equal("live /chosen/first\n", response.body)
        assert.equal("nilnil", response.headers["x-seen"])
    end)

    it("is asked again while peers are dead", function()
        local response = server:get("/chosen/third")

        assert.equal("live /chosen/third\n", response.body)
        assert.equal("nilnil failed502 failed502",
            response.headers["x-seen"])
    end)

    it("gives up when all peers are dead", function()
        assert.equal(502, server:get("/chosen/none").status)
    end)

    it("sets the timeouts of this request", function()
        local response = server:get("/chosen/late")

        assert.equal("live /chosen/late\n", response.body)
        assert.equal("nilnil failed504", response.headers["x-seen"])
    end)

    it("learns of a peer that answered badly", function()
        assert.equal("nilnil failed503",
            server:get("/chosen/sick").headers["x-seen"])
    end)

    it("tries no more often than the configuration allows", function()
        local response = server:get("/chosen/limited/third")

        assert.equal(502, response.status)
        assert.equal("reduced tries due to limit",
            response.headers["x-warning"])
    end)

    it("lies in a file, and below keepalive", function()
        local path = "/file?port=" .. server.ports.port_live

        assert.equal("live " .. path .. "\n", server:get(path).body)
        assert.equal("live " .. path .. "\n", server:get(path).body)
    end)

    it("answers with the status of ngx.exit", function()
        assert.equal(503, server:get("/refused?status=503").status)

        local response = server:get("/refused?status=403")

        assert.equal(403, response.status)
        assert.equal("our page\n", response.body)
    end)

    it("answers 500 when it fails, and when it would wait", function()
        assert.equal(500, server:get("/broken").status)
        assert.equal(500, server:get("/waits").status)
        server:wait_log("failed to run balancer_by_lua%*: "
            .. "balancer_by_lua%(nginx.conf:%d+%):1: no peers today")
        server:wait_log("API disabled in the context of balancer_by_lua%*")
    end)

    it("makes a request anew for the next peer", function()
        assert.equal("2 body\n", server:get("/echo", { method = "POST",
            body = "body" }).body)
    end)

    it("leaves the choice to the configuration's servers", function()
        assert.equal("live /listed\n", server:get("/listed").body)
    end)

    it("is the only place where peers are chosen", function()
        assert.equal("no upstream found\nno upstream found\n",
            server:get("/elsewhere").body)
    end)

    it("stands in upstream blocks only, once", function()
        local ok, log = nginx.test({
            server = "balancer_by_lua_block { }",
        })

        assert.is_false(ok)
        assert.matches("directive is not allowed here", log)

        ok, log = nginx.test({ http = [[ upstream x { server 1.2.3.4;
            balancer_by_lua_block { } balancer_by_lua_block { } } ]] })

        assert.is_false(ok)
        assert.matches("is duplicate", log)
    end)
end)
