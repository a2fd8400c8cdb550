-- SPDX-License-Identifier: MIT
--- Writes the nginx.conf around the pieces that a spec gives.
local files = require("support.files")
local paths = require("support.paths")
local ports = require("support.ports")
local process = require("support.process")

local conf = {}

conf.program = os.getenv("NGINX") or "/usr/sbin/nginx"

--- In the order in which they must be loaded.
local MODULES = {
    "ngx_pandan_module.so",
    "ngx_pandan_db_module.so",
    "ngx_http_pandan_module.so",
}

--- What a stream { } wants beside them: nginx's own module, if it is one.
local STREAM = {
    "/usr/lib/nginx/modules/ngx_stream_module.so",
    paths.modules .. "/ngx_stream_pandan_module.so",
}

local TEMPORARY = {
    "client_body", "proxy", "fastcgi", "uwsgi", "scgi",
}

---The port of this name, a free one at first.
function conf.port(server, name)
    server.ports[name] = server.ports[name] or ports.free()

    return server.ports[name]
end

---Replaces {{dir}}, {{port}} ... ; other braces stay.
function conf.fill(server, text)
    return (text:gsub("{{([%w_]+)}}", function(name)
        if name == "port" or name:find("^port_") then
            return tostring(conf.port(server, name))
        end

        if name == "root" or name == "build" then
            return paths[name]
        end

        if name == "dir" or name == "socket" then
            return server[name]
        end

        return nil
    end))
end

local function add_modules(lines, options)
    if options.modules == false then
        return false
    end

    local http = false

    for _, name in ipairs(MODULES) do
        local path = paths.modules .. "/" .. name

        if files.exists(path) then
            lines[#lines + 1] = "load_module " .. path .. ";"
            http = name == "ngx_http_pandan_module.so"
        end
    end

    for _, path in ipairs(options.stream and STREAM or {}) do
        if files.exists(path) then
            lines[#lines + 1] = "load_module " .. path .. ";"
        end
    end

    return http
end

local function add_main(lines, server)
    local options = server.options

    if process.is_root() then
        lines[#lines + 1] = "user root;"
    end

    lines[#lines + 1] = ("worker_processes %d;"):format(options.workers or 1)
    lines[#lines + 1] = "daemon off;"
    lines[#lines + 1] = "pid nginx.pid;"
    lines[#lines + 1] = ("error_log %s/error.log %s;"):format(server.dir,
        options.log_level or "info")

    for name in pairs(options.env or {}) do
        lines[#lines + 1] = "env " .. name .. ";"
    end

    lines[#lines + 1] = options.main or ""
end

local function add_http(lines, server, ours)
    local options = server.options
    local piece = options.http or ""

    for _, name in ipairs(TEMPORARY) do
        lines[#lines + 1] = ("    %s_temp_path %s/temp/%s;"):format(name,
            server.dir, name)
    end

    if not piece:find("access_log", 1, true) then
        lines[#lines + 1] = "    access_log off;"
    end

    if ours and not piece:find("lua_package_path", 1, true) then
        lines[#lines + 1] = ('    lua_package_path "%s/?.lua;'
            .. '%s/framework/?.lua;%s/framework/?/init.lua;;";'):format(
            server.dir, paths.root, paths.root)
    end

    if ours and not piece:find("lua_package_cpath", 1, true) then
        lines[#lines + 1] = ('    lua_package_cpath "%s/lib/?.so;;";')
            :format(paths.build)
    end

    lines[#lines + 1] = piece
end

---@param server table
---@return string
function conf.render(server)
    local options = server.options
    local lines = {}
    local ours = add_modules(lines, options)

    add_main(lines, server)
    lines[#lines + 1] = ("events {\n    worker_connections %d;\n")
        :format(options.connections or 2048) .. (options.events or "") .. "}"
    lines[#lines + 1] = "http {"
    add_http(lines, server, ours)
    lines[#lines + 1] = "    server {"
    lines[#lines + 1] = ("        listen 127.0.0.1:%d%s;"):format(server.port,
        options.listen and (" " .. options.listen) or "")
    lines[#lines + 1] = ("        listen unix:%s;"):format(server.socket)
    lines[#lines + 1] = "        server_name localhost;"
    lines[#lines + 1] = options.server or ""
    lines[#lines + 1] = "    }\n}\n"

    if options.stream then
        lines[#lines + 1] = "stream {\n" .. options.stream .. "\n}\n"
    end

    return conf.fill(server, table.concat(lines, "\n"))
end

return conf
