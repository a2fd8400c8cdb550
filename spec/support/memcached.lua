-- SPDX-License-Identifier: MIT
--- A memcached of our own on a free port, and an nginx that runs pieces of
--- Lua against some. The pieces see `m`, its `url`, and `Memcached`.
local cleanup = require("support.cleanup")
local files = require("support.files")
local pieces = require("support.pieces")
local ports = require("support.ports")
local process = require("support.process")

local memcached = {}

local Server = {}

Server.__index = Server

local PRELUDE = [[
    Memcached = require("pandan.memcached")
    url = %q
    m = Memcached.open(url)

    function fails(text, fn, ...)
        local ok, err = pcall(fn, ...)
        if ok or not tostring(err):find(text, 1, true) then
            error("expected '" .. text .. "', got " .. tostring(err), 2)
        end
    end

    -- nothing is owed any more
    function settle(of)
        for _ = 1, 200 do
            local pending = 0
            for _, s in pairs((of or m):stats()) do
                pending = pending + s.pending
            end
            if pending == 0 then return end
            ngx.sleep(0.01)
        end
        error("the pools never settled", 2)
    end
]]

function Server:launch()
    local args = { "memcached", "-l", "127.0.0.1", "-p", tostring(self.port),
        "-U", "0", "-m", "16" }

    if process.is_root() then
        args[#args + 1] = "-u"
        args[#args + 1] = "root"
    end

    for _, word in ipairs(self.options.args or {}) do
        args[#args + 1] = word
    end

    self.process = process.start(args, {
        stdout = self.dir .. "/log",
        env = {
            LD_PRELOAD = false, ASAN_OPTIONS = false,
            SASL_CONF_PATH = self.options.sasl,
        },
    })

    local up = process.wait_until(10, function()
        local conn = self.process:running()
            and require("socket").connect("127.0.0.1", self.port)

        if conn then
            conn:close()
        end

        return conn and true
    end)

    if not up then
        error("memcached did not start:\n"
            .. (files.read(self.dir .. "/log") or ""), 3)
    end
end

---@param options? table
---  args  more words of its command line
---  sasl  a folder with SASL's memcached.conf
---@return table  with dir, port
function memcached.start(options)
    local server = setmetatable({
        options = options or {},
        dir = process.folder("pandan-memcached"),
        port = ports.free(),
    }, Server)

    cleanup.add(function()
        server.process:signal("CONT")
        server.process:kill()
        files.remove(server.dir)
    end)
    server:launch()

    return server
end

---@param servers table[]
---@param query? string
---@return string
function memcached.url(servers, query)
    local places = {}

    for i, server in ipairs(servers) do
        places[i] = "127.0.0.1:" .. server.port
    end

    return "memcached://" .. table.concat(places, ",")
        .. (query and "?" .. query or "")
end

function Server:kill()
    self.process:kill()
end

---An nginx whose pieces see `m`.
---@param url string
---@param options? table  see support.pieces
function memcached.app(url, options)
    return pieces.start(PRELUDE:format(url), options)
end

return memcached
