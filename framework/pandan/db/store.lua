-- SPDX-License-Identifier: MIT
--- What opening a Redis and opening memcached have in common: URLs of the form
--- `scheme://user:password@host:port,host2/path?option=value`, and options
--- beside them.

local options = require("pandan.db.options")
local url = require("pandan.db.url")

---@class pandan.db.store
local store = {}

---@class pandan.db.store.kind
---@field name string     as messages have it: "cannot use NAME"
---@field one string      "the URL of ONE"
---@field dialect string  of its options
---@field read fun(text: string): table?, string?  parts, with `options`
---@field check fun(parts: table, words: table): string?  what is wrong

---Reads the URL and the options of a client. Mistakes are raised on the line
---that called the caller.
---@param kind pandan.db.store.kind
---@param text string
---@param given? table
---@return table parts
---@return table pool   its options
---@return table words  keywords among the options
function store.open(kind, text, given)
    if type(text) ~= "string" then
        error("the URL of " .. kind.one .. " must be a string", 3)
    elseif given ~= nil and type(given) ~= "table" then
        error("the options of " .. kind.one .. " must be a table", 3)
    end

    local parts, err = kind.read(text)
    if not parts then
        error("cannot read " .. kind.name .. " URL '" .. url.mask(text)
            .. "': " .. err, 3)
    end

    for name, value in pairs(given or {}) do
        parts.options[name] = value
    end

    local pool, words = options.read(kind.dialect, parts.options)
    local wrong
    if pool then
        wrong = kind.check(parts, words)
    else
        wrong = words
    end
    if wrong then
        error("cannot use " .. kind.name .. " '" .. url.mask(text) .. "': "
            .. wrong, 3)
    end
    return parts, pool, words
end

local function read_credentials(found, text)
    local user, password = text:match("^([^:]*):(.*)$")
    local err

    found.user, err = url.decode(user or text)
    if not err and password then
        found.password, err = url.decode(password)
    end
    return err
end

local function read_hosts(text, port, host)
    local list = {}

    for piece in text:gmatch("[^,]+") do
        local name, number = url.read_host(piece)

        if not name then
            return nil, number
        elseif name == "" and not host then
            return nil, "'" .. piece .. "' names no host"
        end
        list[#list + 1] = {
            host = name ~= "" and name or host,
            port = number ~= "" and number or port,
        }
    end
    return list
end

---Reads what stands behind "scheme://".
---@param rest string
---@param port string   of hosts that name none
---@param host? string  of those that are a port only; none: that is an error
---@return table? found  options, hosts, user, password
---@return string path   behind the hosts, without its '/'; or what is wrong
function store.read(rest, port, host)
    local address, query = rest:match("^([^?]*)%??(.*)$")
    local authority, path = address:match("^([^/]*)/?(.*)$")
    local credentials, hosts = authority:match("^(.*)@([^@]*)$")
    local found = {}
    local err

    found.options, err = url.read_query(query)
    if not err and credentials then
        err = read_credentials(found, credentials)
    end
    if not err then
        found.hosts, err = read_hosts(hosts or authority, port, host)
    end
    if not err then
        path, err = url.decode(path)
    end

    if err then
        return nil, err
    end
    return found, path
end

---Raises, as open() does, if it is no time that a call may have.
---@param timeout any  milliseconds
function store.check_timeout(timeout)
    if type(timeout) ~= "number" or timeout < 1 then
        error("the option timeout must be milliseconds above 0", 3)
    end
end

return store
