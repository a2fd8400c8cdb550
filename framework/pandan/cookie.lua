-- SPDX-License-Identifier: MIT
--- Reads Cookie headers, and builds Set-Cookie headers, safe unless told
--- otherwise: HttpOnly, SameSite=Lax, path /, Secure over HTTPS.

local native = require("pandan.native")

local cookie = {}

local SPACE, QUOTE = 32, 34
local SAME_SITE = { Lax = true, Strict = true, None = true }

-- Nothing here looks for an end that it may not find from each place of a text
-- anew: what a browser sends is read in time that grows with its length.
local function trimmed(text)
    local head, tail = text:byte(1), text:byte(-1)

    if head and head > SPACE and tail > SPACE then
        return text
    end

    local first = text:find("%S")
    return first and text:match("^.*%S", first) or ""
end

local function unquoted(value)
    if #value > 1 and value:byte() == QUOTE and value:byte(-1) == QUOTE then
        return value:sub(2, -2)
    end
    return value
end

local function add(found, pair)
    local equals = pair:find("=", 1, true)
    local name = equals and trimmed(pair:sub(1, equals - 1)) or ""

    if name ~= "" and found[name] == nil then
        local value = unquoted(trimmed(pair:sub(equals + 1)))

        found[name] = value:find("%", 1, true) and native.escape.unurl(value)
            or value
    end
end

---The cookies of a request by name; of two with one name the first, which
---is the one with the longer path.
---@param header string  "a=1; b=2"
---@return table<string, string>
function cookie.parse(header)
    local found, from = {}, 1
    local stop = header:find(";", 1, true)

    while stop do
        add(found, header:sub(from, stop - 1))
        from = stop + 1
        stop = header:find(";", from, true)
    end
    add(found, header:sub(from))
    return found
end

---@class pandan.cookie_options
---@field path? string       "/"
---@field domain? string     the host alone
---@field max_age? integer   seconds; 0 removes; absent: till the browser ends
---@field http_only? boolean true
---@field secure? boolean    true over HTTPS
---@field same_site? "Lax"|"Strict"|"None"

---@param name string
---@param value string|number
---@param options? pandan.cookie_options
---@param https boolean
---@return string
function cookie.build(name, value, options, https)
    options = options or {}

    if name:find("[^%w!#$%%&'*+.^_`|~-]") or name == "" then
        error("'" .. name .. "' is no name of a cookie", 3)
    end

    local same_site = options.same_site or "Lax"
    if not SAME_SITE[same_site] then
        error("same_site must be 'Lax', 'Strict' or 'None'", 3)
    end

    for _, key in ipairs({ "path", "domain" }) do
        if options[key] and options[key]:find("[;%c]") then
            error("the " .. key .. " of cookie '" .. name .. "' is not valid",
                3)
        end
    end

    local out = {
        name .. "=" .. native.escape.url(tostring(value)),
        "Path=" .. (options.path or "/"),
        "SameSite=" .. same_site,
    }

    if options.domain then
        out[#out + 1] = "Domain=" .. options.domain
    end
    if options.max_age then
        out[#out + 1] = "Max-Age=" .. math.floor(options.max_age)
    end
    if options.http_only ~= false then
        out[#out + 1] = "HttpOnly"
    end
    if options.secure or options.secure == nil
        and (https or same_site == "None")
    then
        out[#out + 1] = "Secure"
    end
    return table.concat(out, "; ")
end

return cookie
