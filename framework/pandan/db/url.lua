-- SPDX-License-Identifier: MIT
--- Reads the URL of a database: `sqlite:db/app.sqlite3`, `sqlite::memory:`,
--- `sqlite:shared:NAME`,
--- `postgres://user:password@host:port/name?option=value`, and the same with
--- `mysql://`. Whatever is wrong is said with the URL, but never with its
--- password.

---@class pandan.db.url
local url = {}

---The URL as it may be shown.
---@param text string
---@return string
function url.mask(text)
    local masked = text:gsub("^([%w+-]+://[^/?#@:]*):[^/?#]*@", "%1:***@")
    return (masked:gsub("([?&]%w*_?password=)[^&]*", "%1***"))
end

---Without its percents.
---@param text string
---@return string? plain
---@return string? err
function url.decode(text)
    local bad = text:match("%%%x?%X") or text:match("%%%x?$")
    if bad then
        return nil, "bad percent-encoding '" .. bad .. "'"
    end

    local plain = text:gsub("%%(%x%x)", function(hex)
        return string.char(tonumber(hex, 16))
    end)

    if plain:find("\0", 1, true) then
        return nil, "a zero byte"
    end
    return plain
end

---@param text string  name=value&...
---@return table<string, string>? options
---@return string? err
function url.read_query(text)
    local found = {}

    for pair in text:gmatch("[^&]+") do
        local name, value = pair:match("^([^=]+)=(.*)$")
        if not name then
            return nil, "'" .. pair .. "' is not name=value"
        end

        local plain, err = url.decode(value)
        if not plain then
            return nil, err
        end
        found[name] = plain
    end
    return found
end

local function read_sqlite(rest, options)
    local path = rest:gsub("^//", "", 1)
    local plain, err = url.decode(path)

    if not plain then
        return nil, err
    elseif plain == "" then
        return nil, "the file is missing (sqlite:db/app.sqlite3)"
    end

    local shared = plain:match("^shared:(.*)$")
    if shared and (not shared:find("^[%w_-]+$") or #shared > 64) then
        return nil, "the name of a shared database is 1 to 64 letters, "
            .. "digits, '_' and '-'"
    end
    return {
        dialect = "sqlite", path = plain, memory = plain == ":memory:",
        shared = shared, options = options,
    }
end

---@param text string  host, host:port or [::1]:port
---@return string? host
---@return string port  "" for none; or what is wrong
function url.read_host(text)
    local host, port = text:match("^%[([%x:.]+)%]:?(%d*)$")

    if not host then
        host, port = text:match("^([^:]*):?(%d*)$")
    end
    if not host then
        return nil, "'" .. text .. "' is not host:port"
    end

    local number = tonumber(port)
    if port ~= "" and (number < 1 or number > 65535) then
        return nil, "port " .. port .. " is not one of 1 to 65535"
    end
    return host, port
end

-- Several, one after the other: "a:1,b,[::1]:3". Their ports are named one by
-- one, or all are what libpq takes for none.
local function read_hosts(text)
    local hosts, ports = {}, {}

    for item in (text .. ","):gmatch("([^,]*),") do
        local host, port = url.read_host(item)
        if not host then
            return nil, port
        end
        hosts[#hosts + 1], ports[#ports + 1] = host, port
    end

    local all = table.concat(ports, ",")
    return table.concat(hosts, ","), all:find("%d") and all or ""
end

local function read_server(rest, options, dialect)
    local authority, name = rest:match("^//([^/]*)/?(.*)$")
    if not authority then
        return nil, "'//' is missing after the scheme"
    end

    local user, password
    local credentials, place = authority:match("^(.*)@([^@]*)$")
    if credentials then
        user, password = credentials:match("^([^:]*):(.*)$")
        user = user or credentials
    end

    local host, port
    if dialect == "postgres" then
        host, port = read_hosts(place or authority)
    else
        host, port = url.read_host(place or authority)
    end
    if not host then
        return nil, port
    end

    local found = { dialect = dialect, options = options }
    local parts = {
        user = user, password = password, host = host, port = port,
        dbname = name,
    }

    for key, value in pairs(parts) do
        local plain, err = url.decode(value)
        if not plain then
            return nil, err
        elseif plain ~= "" then
            found[key] = plain
        end
    end
    return found
end

local readers = {
    sqlite = read_sqlite,
    sqlite3 = read_sqlite,
    postgres = read_server,
    postgresql = read_server,
    mysql = read_server,
    mariadb = read_server,
}

local dialects = {
    postgres = "postgres", postgresql = "postgres",
    mysql = "mysql", mariadb = "mysql",
}

---@param text string
---@return table? parts  `dialect`, `options` and what the database needs
---@return string? err
function url.read(text)
    local scheme, rest = text:match("^(%a[%w+]*):(.*)$")
    local reader = scheme and readers[scheme:lower()]

    if not reader then
        return nil, "cannot read database URL '" .. url.mask(text)
            .. "': it must start with sqlite:, postgres:// "
            .. "or mysql://"
    end

    local address, query = rest:match("^([^?]*)%??(.*)$")
    local options, err = url.read_query(query)
    local parts

    if options then
        parts, err = reader(address, options,
            dialects[scheme:lower()])
    end
    if not parts then
        return nil, "cannot read database URL '" .. url.mask(text) .. "': "
            .. err
    end
    return parts
end

return url
