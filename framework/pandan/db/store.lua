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

---@class pandan.db.store.pieces
---@field options table<string, string>
---@field credentials? string  not decoded
---@field hosts string
---@field path string          not decoded

---Takes apart what stands behind "scheme://".
---@param rest string
---@return pandan.db.store.pieces? pieces
---@return string? err
function store.split(rest)
    local address, query = rest:match("^([^?]*)%??(.*)$")
    local authority, path = address:match("^([^/]*)/?(.*)$")
    local credentials, hosts = authority:match("^(.*)@([^@]*)$")
    local found, err = url.read_query(query)

    if not found then
        return nil, err
    end
    return {
        options = found, credentials = credentials,
        hosts = hosts or authority, path = path,
    }
end

---@param text string   hosts, with commas between
---@param port string   of those that name none
---@param host? string  of those that are a port only; none: that is an error
---@return { host: string, port: string }[]? hosts
---@return string? err
function store.read_hosts(text, port, host)
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

return store
