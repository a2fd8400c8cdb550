-- SPDX-License-Identifier: MIT
--- Options of a database: of its pool, in milliseconds where they are times,
--- and those that the client libraries of PostgreSQL and MySQL take.

---@class pandan.db.options
local options = {}

local DAY = 24 * 3600 * 1000

-- name = { least, greatest, default, [default of SQLite] }
local numbers = {
    limit = { 1, 10000, 10, sqlite = 4 },
    pool_timeout = { 1, DAY, 5000 },
    connect_timeout = { 1, DAY, 5000 },
    query_timeout = { 1, DAY, 30000 },
    idle_timeout = { 0, DAY, 60000 },
    lifetime = { 0, DAY, 3600000, sqlite = 0 },
    check_after = { 0, DAY, 30000, sqlite = 0 },
    busy_timeout = { 0, DAY, 5000 },
    statements = { 0, 10000, 64 },
    max_size = { 0, 2 ^ 46, 0 },
}

local flags = { ["true"] = 1, ["false"] = 0 }

-- name = { dialect, default }
local switches = {
    warnings = { "mysql", 0 },
    json = { "postgres", 0 },
    arrays = { "postgres", 1 },
}

-- Reads of several requests over one connection at a time.
local shares = { ["false"] = 0, ["true"] = 1, brief = 2 }

local sharing = { postgres = shares.brief, mysql = shares.brief }

local numerics = { string = 0, number = 1 }

local int64s = { string = 0, cdata = 1, number = 2 }

local keywords = {
    sqlite = {},
    postgres = {
        host = true, hostaddr = true, port = true, user = true, password = true,
        application_name = true, sslmode = true, sslcert = true, sslkey = true,
        sslrootcert = true, sslcrl = true, sslsni = true, options = true,
        channel_binding = true, keepalives = true, keepalives_idle = true,
        keepalives_interval = true, keepalives_count = true,
        tcp_user_timeout = true, target_session_attrs = true, passfile = true,
        sslcrldir = true, sslpassword = true, sslcompression = true,
        ssl_min_protocol_version = true, ssl_max_protocol_version = true,
        requirepeer = true, gssencmode = true, krbsrvname = true,
        gsslib = true, service = true, fallback_application_name = true,
    },
    mysql = {
        host = true, port = true, user = true, password = true,
        socket = true, sslmode = true, sslcert = true, sslkey = true,
        sslrootcert = true, local_infile = true, ansi_quotes = true,
    },
    redis = {
        user = true, password = true, database = true, client_name = true,
        protocol = true, tls_ca = true, tls_cert = true, tls_key = true,
        tls_name = true, tls_verify = true, reads = true,
        sentinel_user = true, sentinel_password = true,
    },
    memcached = {
        user = true, password = true, tls_ca = true, tls_cert = true,
        tls_key = true, tls_name = true, tls_verify = true, sasl = true,
    },
}

-- What MySQL's client library can do; PostgreSQL's checks for itself.
local modes = {
    disable = true, require = true, ["verify-ca"] = true,
    ["verify-full"] = true,
}

local function read_number(name, value, rule)
    local number = tonumber(value)

    if not number or number % 1 ~= 0 or number < rule[1] or number > rule[2]
    then
        return nil, "option " .. name .. " must be a whole number from "
            .. rule[1] .. " to " .. rule[2]
    end
    return number
end

---Sorts what was given into the pool's options, all of them filled in, and
---the keywords of the client library.
---@param dialect string
---@param given table<string, any>
---@return table? pool
---@return table|string keywords  or what is wrong
function options.read(dialect, given)
    local pool, words = {}, {}

    for name, rule in pairs(numbers) do
        pool[name] = rule[dialect] or rule[3]
    end
    pool.int64 = int64s.string
    pool.readonly = 0
    pool.lasting = 0
    pool.numeric = numerics.string
    pool.share_reads = sharing[dialect] or shares["false"]
    for name, switch in pairs(switches) do
        pool[name] = switch[2]
    end

    for name, value in pairs(given) do
        local err

        if numbers[name] then
            pool[name], err = read_number(name, value, numbers[name])
            if err then
                return nil, err
            end
        elseif name == "int64" then
            pool.int64 = int64s[value]
            if not pool.int64 then
                return nil, "option int64 must be string, cdata or number"
            end
        elseif name == "numeric" and dialect == "postgres" then
            pool.numeric = numerics[value]
            if not pool.numeric then
                return nil, "option numeric must be string or number"
            end
        elseif name == "share_reads" and sharing[dialect] then
            pool.share_reads = shares[tostring(value)]
            if not pool.share_reads then
                return nil, "option share_reads must be brief, true or false"
            end
        elseif switches[name] and switches[name][1] == dialect then
            pool[name] = flags[tostring(value)]
            if not pool[name] then
                return nil, "option " .. name .. " must be true or false"
            end
        elseif name == "local_infile" and dialect == "mysql"
            and tostring(value):sub(1, 1) ~= "/"
        then
            return nil, "option local_infile must be the absolute path of a "
                .. "folder"
        elseif name == "ansi_quotes" and not flags[tostring(value)] then
            return nil, "option ansi_quotes must be true or false"
        elseif name == "sslmode" and dialect == "mysql" and not modes[value]
        then
            return nil, "option sslmode must be disable, require, verify-ca "
                .. "or verify-full"
        elseif keywords[dialect][name] then
            words[name] = tostring(value)
        else
            return nil, "there is no option '" .. tostring(name) .. "'"
        end
    end

    return pool, words
end

return options
