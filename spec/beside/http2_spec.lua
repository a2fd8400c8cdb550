-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local files = require("support.files")
local nginx = require("support.nginx")
local shell = require("support.shell")

describe("a client that speaks HTTP/2", function()
    local dir, server

    local function curl(words, path)
        local result = shell.run(("curl -sS %s %s%s"):format(words,
            words:find("--http2-prior-knowledge", 1, true)
                and "http://127.0.0.1:" .. server.ports.port_plain
                or "https://127.0.0.1:" .. server.ports.port_tls,
            path), { cwd = dir })

        assert.equal("", result.stderr)

        return result.stdout
    end

    local function both(words, path)
        local tls = curl("--http2 --cacert ca.crt " .. words, path)

        assert.equal(tls, curl("--http2-prior-knowledge " .. words, path))

        return tls
    end

    setup(function()
        dir = certificates.folder()
        certificates.issue(dir, "one", "127.0.0.1")
        server = nginx.start({
            http = ([[
                client_max_body_size 2m;
                client_body_buffer_size 16k;
                server {
                    listen 127.0.0.1:{{port_tls}} ssl http2;
                    listen 127.0.0.1:{{port_plain}} http2;
                    ssl_certificate     DIR/one.crt;
                    ssl_certificate_key DIR/one.key;
                    access_log {{dir}}/access.log;

                    location = /version { content_by_lua_block {
                        ngx.sleep(0.001)
                        ngx.say(ngx.req.http_version(), " ",
                            ngx.var.server_protocol)
                    } }
                    location = /echo { content_by_lua_block {
                        ngx.req.read_body()
                        local body = ngx.req.get_body_data()
                        if not body then
                            local file = assert(io.open(
                                ngx.req.get_body_file(), "rb"))
                            body = file:read("*a")
                            file:close()
                        end
                        ngx.sleep(0.001)
                        ngx.print(body)
                    } }
                    location = /pieces { content_by_lua_block {
                        for i = 1, 50 do
                            ngx.print((tostring(i % 10)):rep(10000))
                            assert(ngx.flush(true))
                            if i % 10 == 0 then
                                ngx.sleep(0.001)
                            end
                        end
                    } }
                    location = /headers {
                        header_filter_by_lua_block {
                            ngx.header["X-Filtered"] = { "one", "two" }
                            ngx.header.content_length = nil
                        }
                        body_filter_by_lua_block {
                            ngx.arg[1] = ngx.arg[1]:upper()
                        }
                        content_by_lua_block {
                            ngx.status = 201
                            ngx.header["X-Host"] = ngx.req.get_headers().host
                            ngx.say(ngx.req.get_headers()["x-mixed-case"])
                        }
                    }
                    location = /phases {
                        rewrite_by_lua_block {
                            ngx.sleep(0.001)
                            ngx.ctx.said = "rewrite"
                        }
                        access_by_lua_block {
                            ngx.req.read_body()
                            ngx.sleep(0.001)
                            ngx.ctx.said = ngx.ctx.said .. " access"
                        }
                        content_by_lua_block {
                            ngx.say(ngx.ctx.said, " ",
                                ngx.req.get_body_data())
                        }
                    }
                    location = /raw { content_by_lua_block {
                        ngx.say(select(2, pcall(ngx.req.socket, true)))
                    } }
                    location = /socket { content_by_lua_block {
                        ngx.say(select(2, pcall(ngx.req.socket)))
                    } }
                    location = /forever {
                        content_by_lua_block {
                            ngx.log(ngx.WARN, "began")
                            assert(ngx.on_abort(function()
                                ngx.log(ngx.WARN, "client gone")
                                ngx.exit(499)
                            end))
                            ngx.sleep(100)
                        }
                        lua_check_client_abort on;
                    }
                }
            ]]):gsub("DIR", dir),
        })
        files.write(dir .. "/big", ("0123456789abcdef"):rep(65536))
    end)

    it("is told apart by its version", function()
        assert.equal("2 HTTP/2.0\n", both("", "/version"))
    end)

    it("sends a body that Lua reads, and gets it back after a wait",
        function()
            assert.equal("name=Pandan", both("-d name=Pandan", "/echo"))
        end)

    it("sends a body of a megabyte and gets it back", function()
        assert.equal(files.read(dir .. "/big"),
            both("--data-binary @big", "/echo"))
    end)

    it("sends a body of unknown length", function()
        assert.equal(files.read(dir .. "/big"),
            both("-X POST -T big -H 'Content-Length:'", "/echo"))
    end)

    it("gets what is flushed piece by piece", function()
        local body = both("", "/pieces")

        assert.equal(500000, #body)
        assert.equal(("1"):rep(10000) .. "2", body:sub(1, 10001))
    end)

    it("gets as much when its window is small", function()
        local body = both("--limit-rate 2M", "/pieces")

        assert.equal(500000, #body)
    end)

    it("has its headers read, set and filtered", function()
        local text = curl("--http2 --cacert ca.crt -i "
            .. "-H 'X-Mixed-Case: value'", "/headers")

        assert.matches("^HTTP/2 201", text)
        assert.matches("x%-filtered: one\r\nx%-filtered: two", text)
        assert.matches("x%-host: 127%.0%.0%.1:%d+", text)
        assert.matches("\r\n\r\nVALUE\n$", text)
    end)

    it("waits in each phase", function()
        assert.equal("rewrite access a=1\n", both("-d a=1", "/phases"))
    end)

    it("has no socket that Lua could take over", function()
        assert.equal("http v2 not supported yet\n", both("", "/raw"))
        assert.equal("http v2 not supported yet\n",
            both("", "/socket"))
    end)

    it("asks for many streams of one connection at once", function()
        local urls = {}

        for i = 1, 40 do
            urls[i] = ("https://127.0.0.1:%d/version"):format(
                server.ports.port_tls)
        end

        local result = shell.run("curl -sS --http2 --cacert ca.crt -Z "
            .. "--parallel-max 40 " .. table.concat(urls, " "),
            { cwd = dir })

        assert.equal(("2 HTTP/2.0\n"):rep(40), result.stdout)
    end)

    it("hangs up, and on_abort hears of it", function()
        shell.run(("timeout 1 curl -sS --http2 --cacert ca.crt "
            .. "https://127.0.0.1:%d/forever"):format(
            server.ports.port_tls), { cwd = dir })
        server:wait_log("(client gone)")
    end)
end)
