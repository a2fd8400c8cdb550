-- SPDX-License-Identifier: MIT
--- Scripts of Lua that run in the server: sent by their digest, and whole
--- only when the server does not know them.

---@class pandan.redis.script
local script = {}
script.__index = script

local function hex(bytes)
    return (bytes:gsub(".", function(char)
        return ("%02x"):format(char:byte())
    end))
end

---@param client pandan.redis.client
---@param source string
---@return pandan.redis.script
function script.new(client, source)
    return setmetatable({
        client = client, source = source,
        digest = hex(ngx.sha1_bin(source)),
    }, script)
end

---Runs it.
---@param keys? string[]  what it finds as KEYS
---@param args? any[]     what it finds as ARGV
---@return any reply
---@return string? err
---@return string? code
function script:run(keys, args)
    keys, args = keys or {}, args or {}

    local client = self.client
    local reply, err, code, word = client:evalsha(self.digest, #keys, keys,
        args)

    if code == "no_script" then
        reply, err, code, word = client:eval(self.source, #keys, keys, args)
    end
    return reply, err, code, word
end

script.__call = script.run

return script
