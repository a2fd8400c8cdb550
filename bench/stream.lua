-- SPDX-License-Identifier: MIT
--- Rows for TCP and UDP: messages for each CPU-second of the serving process,
--- beside stream-lua-nginx-module (which Debian does not have, see bench/peers)
--- and nginx's own proxy_pass. The other end of a proxy is an echo server of
--- its own.
local connection = require("connection")
local files = require("support.files")
local measure = require("measure")
local nginx = require("support.nginx")
local paths = require("support.paths")
local process = require("support.process")
local socket = require("socket")

local stream = {}

local MANY = 32
local LINE = ("a message of some length, as a chat or a sensor has it; "):rep(2)
    .. "\n"

local PEER = paths.build .. "/bench/stream_lua/ngx_stream_lua_module.so"
local CORE = os.getenv("RESTY_CORE")

local KINDS = { "nginx", "peer", "pandan" }

local TITLES = {
    nginx = "nginx proxy_pass",
    peer = "stream-lua-nginx-module",
    pandan = "Pandan",
}

-- What both Lua modules serve.
local LUA = [[
    tcp_nodelay on;

    server { listen 127.0.0.1:{{port_echo}} backlog=1024;
        content_by_lua_block {
            local sock = ngx.req.socket()

            while true do
                local line = sock:receive()
                if not line then return end
                sock:send(line .. "\n")
            end
        }
    }
    server { listen 127.0.0.1:{{port_datagram}} udp;
        content_by_lua_block {
            local sock = ngx.req.socket()
            sock:send(sock:receive())
        }
    }
    server { listen 127.0.0.1:{{port_proxy}} backlog=1024;
        preread_by_lua_block { ngx.ctx.begun = ngx.now() }
        proxy_pass 127.0.0.1:BACKEND;
        log_by_lua_block { local _ = ngx.now() - ngx.ctx.begun }
    }
    upstream chosen {
        server 0.0.0.1:1;
        balancer_by_lua_block {
            require("ngx.balancer").set_current_peer("127.0.0.1", BACKEND)
        }
    }
    server { listen 127.0.0.1:{{port_chosen}} backlog=1024;
        proxy_pass chosen;
    }
    server { listen 127.0.0.1:{{port_relay}} backlog=1024;
        content_by_lua_block {
            local client = ngx.req.socket()
            local server = ngx.socket.tcp()

            assert(server:connect("127.0.0.1", BACKEND))

            local function pass(from, to)
                while true do
                    local data = from:receiveany(8192)
                    if not data then return end
                    to:send(data)
                end
            end

            ngx.thread.wait(ngx.thread.spawn(pass, server, client),
                ngx.thread.spawn(pass, client, server))
            ngx.exit(0)
        }
    }
]]

local PLAIN = [[
    tcp_nodelay on;
    server { listen 127.0.0.1:{{port_proxy}} backlog=1024;
        proxy_pass 127.0.0.1:BACKEND; }
    server { listen 127.0.0.1:{{port_chosen}} backlog=1024;
        proxy_pass 127.0.0.1:BACKEND; }
    server { listen 127.0.0.1:{{port_relay}} backlog=1024;
        proxy_pass 127.0.0.1:BACKEND; }
]]

local function open_many(port, udp)
    local fds = {}

    for i = 1, MANY do
        fds[i] = connection.open(port, udp)
    end
    return fds
end

local function close_many(fds)
    for _, fd in ipairs(fds) do
        connection.close(fd)
    end
end

-- A message of each client is under way while the server works.
local function talk(fds)
    for _, fd in ipairs(fds) do
        connection.write(fd, LINE)
    end
    for _, fd in ipairs(fds) do
        connection.skip(fd, #LINE)
    end
    return #fds
end

-- Gives what does one round and what ends it.
local function talking(udp)
    return function(port)
        local fds = open_many(port, udp)

        return function()
            return talk(fds)
        end, function()
            close_many(fds)
        end
    end
end

-- A message is a client's only one.
local function visiting(port)
    return function()
        local fds = open_many(port)
        local n = talk(fds)

        close_many(fds)
        return n
    end, function() end
end

local ROWS = {
    { name = "echo", port = "echo", begin = talking() },
    { name = "datagram", port = "datagram", begin = talking(true) },
    { name = "session", port = "echo", begin = visiting },
    { name = "proxy", port = "proxy", begin = talking() },
    { name = "proxied", port = "proxy", begin = visiting },
    { name = "chosen", port = "chosen", begin = visiting },
    { name = "relay", port = "relay", begin = talking() },
}

local function start(text, backend, options)
    options.log_level = "error"
    options.connections = 4096
    options.stream = (text:gsub("BACKEND", backend))

    local server = nginx.start(options)

    server.worker = process.wait_until(5, function()
        return server:workers()[1]
    end)
    return server
end

local function load_modules(list)
    local lines = {}

    for i, path in ipairs(list) do
        lines[i] = files.exists(path) and "load_module " .. path .. ";" or ""
    end
    return table.concat(lines, "\n")
end

local running

local function start_all()
    local own = "/usr/lib/nginx/modules/ngx_stream_module.so"
    local backend = start(LUA, 1, {}).ports.port_echo

    running = {
        nginx = start(PLAIN, backend, { modules = false,
            main = load_modules({ own }) }),
        pandan = start(LUA, backend, {}),
    }

    if not files.exists(PEER) or not CORE then
        io.stdout:write("no stream-lua-nginx-module to measure: STREAM_LUA "
            .. "and RESTY_CORE are its folder and lua-resty-core's lib\n")
        return
    end

    running.peer = start(("lua_package_path '%s/?.lua;%s;;';\n"):format(CORE,
        paths.build .. "/bench/debian/usr/share/lua/5.1/?.lua") .. LUA,
        backend, { modules = false, main = load_modules({ own, PEER }) })
end

-- Messages per CPU-second.
local function once(row, server, seconds)
    local round, finish = row.begin(server.ports["port_" .. row.port])

    round()

    local before = measure.cpu(server.worker)
    local stop, count = socket.gettime() + seconds, 0

    while socket.gettime() < stop do
        count = count + round()
    end

    local spent = measure.cpu(server.worker) - before

    finish()
    return count / spent
end

local function measure_row(row, rounds, seconds)
    local rates = {}

    if not running then
        start_all()
    end

    for _ = 1, rounds do
        for _, kind in ipairs(KINDS) do
            local server = running[kind]

            if server and server.ports["port_" .. row.port] then
                rates[kind] = rates[kind] or {}
                table.insert(rates[kind], once(row, server, seconds))
            end
        end
    end

    local base = measure.median(rates.pandan)

    for _, kind in ipairs(KINDS) do
        if rates[kind] then
            local rate = measure.median(rates[kind])

            io.stdout:write(("%-10s %-24s %9.0f messages/CPU-s %6.2f\n")
                :format(row.name, TITLES[kind], rate, rate / base))
        end
    end
    io.stdout:flush()
end

stream.rows = {}

for i, row in ipairs(ROWS) do
    stream.rows[i] = {
        name = row.name,
        measure = function(rounds, seconds)
            measure_row(row, rounds, seconds)
        end,
    }
end

return stream
