-- SPDX-License-Identifier: MIT
--- Clients of a stream { }: plain TCP and UDP over LuaSocket, and an nginx
--- whose page /counters tells what the worker has alive.
local nginx = require("support.nginx")
local paths = require("support.paths")
local process = require("support.process")
local socket = require("socket")

local stream = {}

local TIMEOUT = 10 * paths.slowness

local COUNTERS = [[
    location /counters { content_by_lua_block {
        local c = require("pandan.runtime").counters()
        ngx.say(c.hosts - 1, " ", c.waits, " ", c.sockets)
    } }
]]

--- A server at {{port_echo}} that sends back each line.
stream.echo = [[
    server { listen 127.0.0.1:{{port_echo}} backlog=4096;
        content_by_lua_block {
            local sock = ngx.req.socket()
            while true do
                local line = sock:receive()
                if not line then break end
                sock:send(line .. "\n")
            end
        }
    }
]]

---nginx.start() with the page /counters.
function stream.start(options)
    options.server = COUNTERS .. (options.server or "")

    return nginx.start(options)
end

---@param server table
---@param name string   of the port: "echo" is {{port_echo}}
---@return table socket  of LuaSocket
function stream.connect(server, name)
    local client = socket.tcp()

    client:settimeout(TIMEOUT)
    assert(client:connect("127.0.0.1", server.ports["port_" .. name]))
    client:setoption("tcp-nodelay", true)

    return client
end

---Sends what is given, and gives all that comes until the server closes.
function stream.ask(server, name, text)
    local client = stream.connect(server, name)

    if text then
        client:send(text)
    end

    local all, err, part = client:receive("*a")

    client:close()

    -- an end at once is no error
    if err == "closed" then
        return part
    end
    return all or part .. " (" .. err .. ")"
end

---@return table socket  of LuaSocket, UDP
function stream.datagrams(server, name)
    local client = socket.udp()

    client:settimeout(TIMEOUT)
    assert(client:setpeername("127.0.0.1", server.ports["port_" .. name]))

    return client
end

---@return integer  how many hosts are alive: sessions, unless timers run
function stream.sessions(server)
    return tonumber(server:get("/counters").body:match("^(%d+)"))
end

---Waits until no session, no wait and no socket is left.
---@param kept? integer  sockets that drivers keep open
function stream.settle(server, kept)
    local expected = ("0 0 %d\n"):format(kept or 0)
    local last

    local quiet = process.wait_until(10 * paths.slowness, function()
        last = server:get("/counters").body
        return last == expected
    end)

    if not quiet then
        error("something lives on: " .. last, 2)
    end
end

return stream
