-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local files = require("support.files")
local http = require("support.http")
local load = require("support.load")
local nginx = require("support.nginx")
local paths = require("support.paths")
local process = require("support.process")
local shell = require("support.shell")

describe("handshakes that wait", function()
    local dir, server

    local function port(name)
        return server.ports["port_" .. name]
    end

    -- A real client that is killed amid the handshake.
    local function leave(name, log)
        local client = process.start({ "openssl", "s_client", "-connect",
            "127.0.0.1:" .. port(name) }, { stdout = dir .. "/client" })

        server:wait_log(log)
        client:kill()
    end

    local function counted()
        return server:get("/counters").body
    end

    setup(function()
        dir = certificates.folder()
        certificates.issue(dir, "one", "one.test")
        server = nginx.start({
            http = ([[
                ssl_certificate     DIR/one.crt;
                ssl_certificate_key DIR/one.key;
                init_by_lua_block {
                    counters = require("pandan.runtime").counters
                }
                server {
                    listen 127.0.0.1:{{port_slow}} ssl backlog=1024;
                    ssl_certificate_by_lua_block {
                        ngx.sleep(0.2)
                        ngx.ctx.waited = true
                    }
                    location / { content_by_lua_block {
                        ngx.say(ngx.ctx.waited)
                    } }
                }
                server {
                    listen 127.0.0.1:{{port_hello}} ssl;
                    ssl_client_hello_by_lua_block {
                        local hello = require("ngx.ssl.clienthello")
                        local name = hello.get_client_hello_server_name()

                        ngx.sleep(0.01)
                        ngx.ctx.hello = name .. " " .. table.concat(
                            hello.get_supported_versions() or {}, ",")

                        if name == "old.test" then
                            assert(hello.set_protocols({ "TLSv1.2" }))
                        elseif name == "none.test" then
                            ngx.exit(ngx.ERROR)
                        end
                    }
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_certificate_by_lua_block {
                        ngx.sleep(0.01)
                        ngx.ctx.cert = ngx.ctx.hello
                    }
                    location / { content_by_lua_block {
                        ngx.say(ngx.var.ssl_protocol, " ", ngx.ctx.cert)
                    } }
                }
                server {
                    listen 127.0.0.1:{{port_early}} ssl;
                    ssl_protocols TLSv1.3;
                    ssl_early_data on;
                    ssl_certificate_by_lua_block { ngx.sleep(0.01) }
                    location / { return 200 "answer\n"; }
                }
                server {
                    listen 127.0.0.1:{{port_stays}} ssl;
                    ssl_certificate_by_lua_block {
                        ngx.log(ngx.WARN, "waits for ever")
                        ngx.sleep(1000)
                    }
                    lua_check_client_abort on;
                }
                server {
                    listen 127.0.0.1:{{port_late}} ssl;
                    client_header_timeout 100ms;
                    ssl_certificate_by_lua_block { ngx.sleep(1000) }
                }
                server {
                    listen 127.0.0.1:{{port_ends}} ssl;
                    ssl_certificate_by_lua_block {
                        ngx.log(ngx.WARN, "has begun for ",
                            require("ngx.ssl").server_name())
                        ngx.sleep(0.2)
                        ngx.log(ngx.WARN, "has ended")
                    }
                    location / { return 200 "$ssl_server_name\n"; }
                }
            ]]):gsub("DIR", dir),
            server = [[
                location /counters { content_by_lua_block {
                    local now = counters()
                    ngx.say(now.hosts, " ", now.tasks, " ", now.waits)
                } }
                location /clients { content_by_lua_block {
                    ngx.update_time()
                    local begin = ngx.now()
                    local threads = {}

                    for i = 1, 100 do
                        threads[i] = ngx.thread.spawn(function()
                            local sock = ngx.socket.connect("127.0.0.1",
                                {{port_slow}})
                            assert(sock:sslhandshake())
                            sock:close()
                        end)
                    end

                    for i = 1, 100 do
                        assert(ngx.thread.wait(threads[i]))
                    end

                    ngx.update_time()
                    ngx.say(ngx.now() - begin)
                } }
            ]],
            allow = { "SSL_do_handshake", "callback failed" },
        })
    end)

    it("wait side by side, 100 of them on one worker", function()
        local limit = paths.sanitized and 5 or 0.9

        assert.is_true(tonumber(server:get("/clients").body) < limit)
    end)

    it("wait side by side for clients of another process", function()
        local made = load.run(("https://127.0.0.1:%d/"):format(port("slow")),
            "-c 50", 50 / load.scale)

        assert.equal(0, made.failed)
        assert.is_true(made.seconds < (paths.sanitized and 5 or 0.9))
    end)

    it("wait in the client's hello, which may choose protocols", function()
        local function ask(name)
            return shell.run(("curl -sSk --connect-to ::127.0.0.1:%d "
                .. "https://%s/"):format(port("hello"), name))
        end

        assert.matches("TLSv1.3 new.test [^\n]*TLSv1.2,TLSv1.3\n",
            ask("new.test").stdout)
        assert.matches("TLSv1.2 old.test [^\n]*TLSv1.2,TLSv1.3\n",
            ask("old.test").stdout)
        assert.equal(35, ask("none.test").code)
    end)

    it("go with early data", function()
        local client = ("openssl s_client -connect 127.0.0.1:%d -ign_eof")
            :format(port("early"))
        local request = "GET / HTTP/1.0\r\n\r\n"

        assert.matches("\nanswer", shell.run(client .. " -sess_out early",
            { cwd = dir, input = request }).stdout)

        files.write(dir .. "/request", request)

        local said = shell.run(client .. " -sess_in early -early_data "
            .. "request", { cwd = dir }).stdout

        assert.matches("Early data was accepted", said)
        assert.matches("\nanswer", said)
    end)

    it("end with the client, if the server looks after it", function()
        leave("stays", "(waits for ever)")
        server:wait_log("(peer closed connection in SSL handshake)")
        assert.equal("1 1 0\n", counted())
    end)

    it("go on without the client, if it does not", function()
        leave("ends", "(has begun for nil)")
        server:wait_log("(has ended)")
        assert.equal("1 1 0\n", counted())
    end)

    it("end when the server has waited long enough", function()
        shell.run(("openssl s_client -connect 127.0.0.1:%d </dev/null")
            :format(port("late")))
        server:wait_log("(client timed out)")
        assert.equal("1 1 0\n", counted())
    end)

    it("fail with clients that do not speak TLS", function()
        for _, bytes in ipairs({ "\22\3\1\0\5hello", "\22\3\1\255\255x",
                                 "\22\3\1\0\4\1\0\0\0" })
        do
            local conn = http.connect(port("hello"))

            conn:send(bytes)
            conn:close()
        end

        server:wait_log("(length too short)")
        assert.equal("1 1 0\n", counted())
    end)

    it("are brought to their end by a worker that goes", function()
        local answer = dir .. "/answer"
        local client = process.start({ "curl", "-sSk", "--connect-to",
            "::127.0.0.1:" .. port("ends"), "https://reload.test/" },
            { stdout = answer, stderr = answer,
                env = { LD_PRELOAD = false } })

        server:wait_log("(has begun for reload.test)")
        server:signal("HUP")
        assert.equal(0, client:wait(5))
        assert.equal("reload.test\n", files.read(answer))
        server:wait_log("(worker process %d+ exited with code 0)")
    end)
end)
