-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local http = require("support.http")
local nginx = require("support.nginx")
local shell = require("support.shell")
local stores = require("support.stores")

describe("sessions of TLS", function()
    local dir, redis, one, other

    -- The servers share no memory: what both know went through redis.
    local function start()
        return nginx.start({
            http = stores.lua_path .. ([[
                ssl_certificate     DIR/one.crt;
                ssl_certificate_key DIR/one.key;
                ssl_session_tickets off;
                init_by_lua_block {
                    counters = require("pandan.runtime").counters

                    function connect()
                        local client = require("nginx.redis").new()
                        assert(client:connect("unix:REDIS"))
                        return client
                    end
                }
                ssl_session_fetch_by_lua_block {
                    local session = require("ngx.ssl.session")
                    local id = assert(session.get_session_id())
                    local bytes = connect():get(id)

                    ngx.ctx.looked_for = #id
                    ngx.log(ngx.WARN, "fetched ", #id, " ",
                        type(bytes) == "string")

                    if type(bytes) == "string" then
                        assert(session.set_serialized_session(bytes))
                    end
                }
                ssl_session_store_by_lua_block {
                    local session = require("ngx.ssl.session")
                    local id = assert(session.get_session_id())
                    local bytes = assert(session.get_serialized_session())

                    -- this phase cannot wait, but what it begins may
                    assert(ngx.timer.at(0, function()
                        assert(connect():set(id, bytes))
                        ngx.log(ngx.WARN, "stored ", #id)
                    end))
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    location / { return 200
                        "$ssl_protocol $ssl_session_reused\n"; }
                }
            ]]):gsub("DIR", dir):gsub("REDIS", redis),
        })
    end

    local function client(to, options)
        return shell.run(("openssl s_client -connect 127.0.0.1:%d %s")
            :format(to.ports.port_tls, options), { cwd = dir }).stdout
    end

    setup(function()
        redis = stores.redis()
        dir = certificates.folder()
        certificates.issue(dir, "one", "one.test")
        one, other = start(), start()
    end)

    it("are stored, and fetched by the client's next handshake", function()
        assert.matches("\nNew, TLSv1.2", client(one,
            "-tls1_2 -sess_out kept"))
        one:wait_log("(stored 64)")

        assert.matches("\nReused, TLSv1.2", client(other,
            "-tls1_2 -sess_in kept"))
        other:wait_log("(fetched 64 true)")
    end)

    it("are new when none is found", function()
        assert.matches("\nNew, TLSv1.2", client(one,
            "-tls1_2 -sess_out lost"))

        one:wait_log("stored 64.*(stored 64)")

        local conn = http.connect(redis)
        conn:send("FLUSHALL\r\n")
        assert.equal("+OK", conn:receive("*l"))
        conn:close()

        assert.matches("\nNew, TLSv1.2", client(one, "-tls1_2 -sess_in lost"))
        one:wait_log("(fetched 64 false)")
    end)

    it("of TLS 1.3 are left alone", function()
        assert.matches("\nNew, TLSv1.3", client(other, "-tls1_3"))
        assert.is_nil(other:error_log():match("fetched.*fetched"))
    end)
end)
