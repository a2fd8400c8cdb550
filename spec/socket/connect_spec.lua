-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")
local peer = require("support.peer")
local ports = require("support.ports")

describe("connect", function()
    local server

    setup(function()
        local echo = peer.start(function(conn)
            conn:send("hello\n")
            peer.wait_for_end(conn)
        end)

        server = nginx.start({
            http = ([[
                init_by_lua_block {
                    echo, refused, deaf = %d, %d, %d
                }
            ]]):format(echo.port, ports.free(), peer.deaf()),
            server = [[
                location /unix { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    ngx.say(sock:connect("unix:{{socket}}"))
                    sock:send("GET /hello HTTP/1.0\r\n\r\n")
                    ngx.say(sock:receive())
                    ngx.say(sock:connect("unix:{{dir}}/nobody.sock"))
                    ngx.say(sock:connect("unix:"))
                    ngx.say(sock:connect("unix:" .. ("x"):rep(200)))
                } }
                location /hello { return 200 "hello"; }
                location /errors { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    local function try(...)
                        local ok, err = sock:connect(...)
                        ngx.say(tostring(ok), " ", err)
                    end
                    try("127.0.0.1", refused)
                    try("127.0.0.1", 65536)
                    try("127.0.0.1", -1)
                    try("127.0.0.1")
                    try("", 80)
                    sock:settimeout(30)
                    try("127.0.0.1", deaf)
                    try("no-such-name.invalid.", 80)
                    ngx.say(ngx.socket.connect("127.0.0.1", refused))
                } }
                location /closed { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    for _, method in ipairs({ "receive", "send", "close",
                        "setkeepalive", "getreusedtimes", "getfd" })
                    do
                        local args = method == "send" and { "x" } or {}
                        local _, err = sock[method](sock, unpack(args))
                        ngx.say(method, " ", err)
                    end
                    ngx.say(sock:setoption("keepalive", true))
                } }
                location /options { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    ngx.say(sock:bind("nowhere"))
                    ngx.say(sock:bind("127.0.0.2"))
                    ngx.say(sock:connect("127.0.0.1", echo))
                    for _, name in ipairs({ "keepalive", "reuseaddr",
                        "tcp-nodelay" })
                    do
                        ngx.say(name, " ", sock:setoption(name, true), " ",
                            sock:getoption(name))
                    end
                    ngx.say(sock:setoption("sndbuf", 20000), " ",
                        sock:getoption("sndbuf") >= 20000)
                    ngx.say(sock:setoption("linger", 1))
                    ngx.say(sock:setoption())
                    ngx.say(sock:getfd() > 2)
                } }
                location /again { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    for i = 1, 3 do
                        ngx.say(sock:connect("127.0.0.1", echo), " ",
                            sock:receive())
                    end
                    ngx.say(sock:close())
                    ngx.say(sock:close())
                } }
                location /timeouts { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    for _, bad in ipairs({ -1, 2 ^ 31, 0 / 0 }) do
                        ngx.say(select(2, pcall(sock.settimeout, sock, bad)))
                    end
                    sock:settimeout(2 ^ 31 - 1)
                    sock:settimeout(nil)
                    ngx.say(select(2, pcall(sock.settimeouts, sock, 1, 2)))
                } }
                location /log {
                    return 200 "ok";
                    log_by_lua_block {
                        ngx.log(ngx.ERR, select(2, pcall(ngx.socket.tcp)))
                    }
                }
            ]],
        })
    end)

    it("reaches unix sockets and tells why not", function()
        assert.equal("1\nHTTP/1.1 200 OK\nnilno such file or directory\n"
            .. "nilfailed to parse host name \"unix:\": no path in the unix "
            .. "domain socket\n"
            .. "nilfailed to parse host name: too long path in the unix "
            .. "domain socket\n", server:get("/unix").body)
    end)

    it("tells why it failed", function()
        assert.equal("nil connection refused\n"
            .. "nil bad port number: 65536\n"
            .. "nil bad port number: -1\n"
            .. "nil missing the port number\n"
            .. "nil failed to parse host name \"\": no host\n"
            .. "nil timeout\n", (server:get("/errors").body
                :match("^(.-)nil no%-such")))
        assert.matches("nil no%-such%-name%.invalid%. could not be resolved "
            .. "%(%d+: [%a ]+%)\nnilconnection refused\n$",
            server:get("/errors").body)
    end)

    it("says closed where nothing is open", function()
        assert.equal("receive closed\nsend closed\nclose closed\n"
            .. "setkeepalive closed\ngetreusedtimes closed\ngetfd closed\n"
            .. "nilclosed\n", server:get("/closed").body)
    end)

    it("sets and reads socket options", function()
        assert.equal("nilbad address\n1\n1\nkeepalive true 1\n"
            .. "reuseaddr true 1\ntcp-nodelay true 1\ntrue true\n"
            .. "nilunsupported option linger\n"
            .. "nilmissing the \"option\" argument\ntrue\n",
            server:get("/options").body)
    end)

    it("connects again, closing what was open", function()
        assert.equal("1 hello\n1 hello\n1 hello\n1\nnilclosed\n",
            server:get("/again").body)
    end)

    it("refuses timeouts that are none", function()
        assert.equal(("bad timeout value\n"):rep(3)
            .. "ngx.socket settimeout: expecting 4 arguments "
            .. "(including the object) but seen 3\n",
            server:get("/timeouts").body)
    end)

    it("is refused where code cannot wait", function()
        server:get("/log")
        server:wait_log("(API disabled in the context of log_by_lua%*)")
    end)
end)
