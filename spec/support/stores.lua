-- SPDX-License-Identifier: MIT
--- A redis and a memcached of our own, each on a unix socket in a temporary
--- folder.  They end with the spec file.
local cleanup = require("support.cleanup")
local files = require("support.files")
local http = require("support.http")
local process = require("support.process")

local stores = {}

local function start(name, args, path, dir)
    local child = process.start(args, { stdout = dir .. "/log" })

    cleanup.add(function()
        child:stop("TERM", 5)
        child:kill()
        files.remove(dir)
    end)

    local up = process.wait_until(10, function()
        local conn = child:running() and http.connect(path, 1)

        if conn then
            conn:close()
        end

        return conn and true
    end)

    if not up then
        error(name .. " did not start:\n"
            .. (files.read(dir .. "/log") or ""), 0)
    end

    return path
end

---@return string path  of its unix socket
function stores.redis()
    local dir = process.folder("pandan-redis")
    local path = dir .. "/redis.sock"

    return start("redis-server", { "redis-server", "--port", "0",
        "--unixsocket", path, "--unixsocketperm", "777", "--save", "",
        "--appendonly", "no", "--dir", dir }, path, dir)
end

---@return string path  of its unix socket
function stores.memcached()
    local dir = process.folder("pandan-memcached")
    local path = dir .. "/memcached.sock"
    local args = { "memcached", "-s", path, "-a", "777", "-m", "16" }

    if process.is_root() then
        args[#args + 1] = "-u"
        args[#args + 1] = "root"
    end

    return start("memcached", args, path, dir)
end

---What of lua_package_path finds Debian's libraries.
stores.lua_path = ('lua_package_path "%s;;";'):format(
    require("support.paths").root
    .. "/build/debian/usr/share/lua/5.1/?.lua")

---What finds our modules of the same interface.
stores.migration_path = [[lua_package_path "{{root}}/framework/migration/]]
    .. [[?.lua;{{root}}/framework/?.lua;{{root}}/framework/?/init.lua;;";]]

return stores
