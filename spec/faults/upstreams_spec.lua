-- SPDX-License-Identifier: MIT
local load = require("support.load")
local nginx = require("support.nginx")
local peer = require("support.peer")

--- What an upstream does to whoever asks it, and what a request says then.
local FAULTS = {
    stalls = {
        function(conn)
            conn:send("half")
            peer.wait_for_end(conn)
        end,
        "nil timeout half",
    },
    resets = {
        function(conn)
            conn:receive("*l")
            peer.reset(conn)
        end,
        "nil connection reset by peer ",
    },
    trickles = {
        function(conn)
            conn:receive("*l")
            peer.send_slowly(conn, "byte by byte\n")
        end,
        "byte by byte nil nil",
    },
    ends = {
        function(conn)
            conn:receive("*l")
            conn:send("too little")
        end,
        "nil closed too little",
    },
}

describe("an upstream that", function()
    local server

    setup(function()
        local locations = {}

        for name, fault in pairs(FAULTS) do
            locations[#locations + 1] = ([[
                location /%s { content_by_lua_block {
                    local function ask()
                        local sock = ngx.socket.tcp()

                        sock:settimeout(200)
                        assert(sock:connect("127.0.0.1", %d))
                        sock:send("go\n")

                        return sock:receive()
                    end

                    local other = ngx.thread.spawn(ask)
                    local line, err, partial = ask()

                    ngx.thread.wait(other)
                    ngx.say(tostring(line), " ", tostring(err), " ",
                        tostring(partial))
                } }
            ]]):format(name, peer.start(fault[1]).port)
        end

        server = nginx.start({
            log_level = "crit",
            http = "lua_socket_log_errors off;",
            server = table.concat(locations) .. load.counters,
        })
    end)

    for name, fault in pairs(FAULTS) do
        it(name .. " is told of, and leaves nothing behind", function()
            local before = load.count(server)
            local result = load.run(
                ("http://127.0.0.1:%d/%s"):format(server.port, name),
                "-c 10", 50)

            assert.equal(0, result.not_ok)
            assert.equal(before, load.settle(server, before))
            assert.equal(fault[2] .. "\n", server:get("/" .. name).body)
        end)
    end
end)
