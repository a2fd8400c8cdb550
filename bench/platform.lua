-- SPDX-License-Identifier: MIT
--- One row for each part of the ngx.* API: the same Lua on Debian's module
--- and on ours.  A row repeats its operation, so that its cost stands out
--- from that of the request around it.  With `nginx`, that is the other end
--- which it talks to.
local platform = {}

local LINE = "a line of some length, as a mail or a log has it\\n"

local function row(name, code, nginx)
    code = "content_by_lua_block {\n" .. code .. "\nngx.print(\"done\")\n}"

    return { name = name, expect = "done", peer = code, pandan = code,
        nginx = nginx, share = true }
end

platform.http = [[
    lua_shared_dict bench 8m;
    lua_max_pending_timers 100000;
    lua_max_running_timers 100000;
]]

platform.rows = {
    row("headers", [[
        local n = 0

        for _ = 1, 100 do
            n = n + #ngx.req.get_headers()["host"]
            ngx.header["X-Count"] = n
        end
    ]]),
    row("variables", [[
        local n = 0

        for _ = 1, 100 do
            n = n + #ngx.var.uri + #ngx.var.remote_addr
                + #ngx.var.request_method
        end
    ]]),
    row("dictionary", [[
        local dict = ngx.shared.bench

        dict:set("name", "some value")

        for _ = 1, 200 do
            dict:get("name")
            dict:incr("count", 1, 0)
        end
    ]]),
    row("regex", [[
        for i = 1, 100 do
            ngx.re.match("item " .. i .. " of 20", "([0-9]+) of ([0-9]+)", "jo")
            ngx.re.gsub("a b c", " ", "-", "jo")
        end
    ]]),
    row("cosocket", [[
        local sock = ngx.socket.tcp()

        assert(sock:connect("127.0.0.1", tonumber(os.getenv("ECHO"))))

        for _ = 1, 5 do
            sock:send("GET /cosocket HTTP/1.1\r\nHost: x\r\n\r\n")
            local size

            repeat
                local line = assert(sock:receive())
                size = line:match("^Content%-Length: (%d+)") or size
            until line == ""

            assert(sock:receive(tonumber(size)))
        end

        sock:setkeepalive()
    ]], ('return 200 "%s";'):format(("x"):rep(100))),
    row("lines", [[
        local sock = ngx.socket.tcp()

        assert(sock:connect("127.0.0.1", tonumber(os.getenv("ECHO"))))
        sock:send("GET /lines HTTP/1.0\r\n\r\n")

        while sock:receive() do
        end

        sock:close()
    ]], ('set $l "%s"; return 200 "$l$l$l$l$l$l$l$l";'):format(LINE:rep(60))),
    row("subrequest", [[
        for _ = 1, 5 do
            assert(ngx.location.capture("/sub").status == 200)
        end
    ]]),
    row("threads", [[
        local spawn, wait = ngx.thread.spawn, ngx.thread.wait

        local function run()
            return 1
        end

        for _ = 1, 100 do
            assert(wait(spawn(run)))
        end
    ]]),
    row("timers", [[
        local function run()
        end

        for _ = 1, 20 do
            assert(ngx.timer.at(0, run))
        end
    ]]),
    row("prints", [[
        for _ = 1, 100 do
            ngx.print("8 bytes.")
        end
    ]]),
    row("coroutines", [[
        for _ = 1, 100 do
            local co = coroutine.wrap(function()
                for i = 1, 5 do
                    coroutine.yield(i)
                end
            end)

            for _ = 1, 5 do
                co()
            end
        end
    ]]),
}

--- Where the subrequests go.
platform.server = 'location = /sub { return 200 "sub"; }\n'

return platform
