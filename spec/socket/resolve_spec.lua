-- SPDX-License-Identifier: MIT
local dns = require("support.dns")
local files = require("support.files")
local nginx = require("support.nginx")
local process = require("support.process")

describe("a name", function()
    local dir = process.folder("pandan-dns")
    local log = dir .. "/log"
    local conf = dir .. "/resolv.conf"
    local options = "search sub.test\noptions timeout:1 attempts:1\n"
    local server, names

    local NAMES = {
        ["a.test"] = { "127.0.0.1" },
        ["many.test"] = { "127.0.0.9", "127.0.0.10", "127.0.0.1" },
        ["short.sub.test"] = { "127.0.0.1" },
        ["mute.test"] = false,
    }

    local function asked(name)
        local count = 0

        for one in (files.read(log) or ""):gmatch("A (%S+)\n") do
            count = count + (one == name and 1 or 0)
        end

        return count
    end

    local function connect(name)
        return server:get("/connect?" .. name).body
    end

    setup(function()
        names = dns.start(NAMES, { log = log })

        if not names then
            return
        end

        dns.write_conf(conf, names, options)

        server = nginx.start({
            env = { PANDAN_RESOLV_CONF = conf },
            server = [[
                location /connect { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    sock:settimeout(5000)
                    local ok, err = sock:connect(ngx.var.args, {{port}})
                    ngx.say(ok or err)
                } }
                location /together { content_by_lua_block {
                    local threads = {}
                    for i = 1, 10 do
                        threads[i] = ngx.thread.spawn(ngx.socket.connect,
                            "short", {{port}})
                    end
                    for i = 1, 10 do
                        local _, sock = ngx.thread.wait(threads[i])
                        ngx.print(sock and "1" or "0")
                    end
                    ngx.say()
                } }
                location /timeout { content_by_lua_block {
                    local sock = ngx.socket.tcp()
                    sock:settimeout(50)
                    ngx.say(sock:connect("mute.test", {{port}}))
                    local thread = ngx.thread.spawn(ngx.socket.connect,
                        "mute.test", {{port}})
                    ngx.thread.kill(thread)
                    ngx.say(require("pandan.runtime").counters().waits)
                } }
                location /directive {
                    resolver 127.0.0.1:1;
                    resolver_timeout 100ms;
                    content_by_lua_block {
                        ngx.say(ngx.socket.connect("a.test", {{port}}))
                    }
                }
            ]],
        })
    end)

    --- Where port 53 may not be bound there is nobody to ask.
    local function with_dns(name, fn)
        it(name, function()
            if not names then
                pending("port 53 may not be bound")
            end

            fn()
        end)
    end

    with_dns("is found in /etc/hosts", function()
        assert.equal("1\n", connect("localhost"))
        assert.equal(0, asked("localhost"))
    end)

    with_dns("is asked of the servers of resolv.conf, and kept", function()
        assert.equal("1\n", connect("a.test"))
        assert.equal("1\n", connect("a.test"))
        -- A and AAAA
        assert.equal(2, asked("a.test"))
    end)

    with_dns("has several addresses, tried until one answers", function()
        assert.equal("1\n", connect("many.test"))
    end)

    with_dns("is asked for once by many, with the search list", function()
        assert.equal("1111111111\n", server:get("/together").body)
        assert.equal(2, asked("short.sub.test"))
    end)

    with_dns("may not exist", function()
        assert.equal("none.test could not be resolved (3: Host not found)\n",
            connect("none.test"))
    end)

    with_dns("takes no longer than the connect timeout", function()
        assert.equal("nilmute.test could not be resolved "
            .. "(110: Operation timed out)\n0\n", server:get("/timeout").body)
    end)

    with_dns("is left to the resolver directive where there is one",
        function()
            assert.matches("^nila.test could not be resolved %(110",
                server:get("/directive").body)
            server:allow("send%(%) failed")
        end)

    with_dns("is asked of other servers when resolv.conf changes", function()
        local other = dns.start({ ["new.test"] = { "127.0.0.1" } })

        assert.equal("new.test could not be resolved (3: Host not found)\n",
            connect("new.test"))

        dns.write_conf(conf .. ".new", other, options)
        os.rename(conf .. ".new", conf)

        assert.truthy(process.wait_until(5, function()
            return connect("new.test") == "1\n"
        end))
    end)

    teardown(function()
        files.remove(dir)
    end)
end)
