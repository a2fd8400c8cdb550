-- SPDX-License-Identifier: MIT
--- Which of several servers has a key: ketama's ring, as other clients of
--- memcached lay it, so that one more server moves few keys.

local byte, concat = string.byte, table.concat

---@class pandan.memcached.ring
local ring = {}
ring.__index = ring

-- 40 digests for each server, four points in each.
local DIGESTS = 40

local function point(digest, at)
    local a, b, c, d = byte(digest, at, at + 3)
    return a + b * 256 + c * 65536 + d * 16777216
end

---@param names string[]  "host:port" of the servers
---@return pandan.memcached.ring
function ring.new(names)
    local points = {}

    for index, name in ipairs(names) do
        for i = 0, DIGESTS - 1 do
            local digest = ngx.md5_bin(concat({ name, "-", i }))

            for at = 1, 13, 4 do
                points[#points + 1] = { point(digest, at), index }
            end
        end
    end

    table.sort(points, function(a, b)
        return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
    end)

    local self = setmetatable({ at = {}, server = {} }, ring)
    for i, pair in ipairs(points) do
        self.at[i], self.server[i] = pair[1], pair[2]
    end
    return self
end

---The server of a key, the next one on the ring when that cannot be used.
---@param key string
---@param usable fun(index: integer): boolean
---@return integer? index  nil: none can be used
function ring:find(key, usable)
    local at, server = self.at, self.server
    local wanted = point(ngx.md5_bin(key), 1)
    local low, high = 1, #at + 1

    while low < high do
        local middle = math.floor((low + high) / 2)

        if at[middle] < wanted then
            low = middle + 1
        else
            high = middle
        end
    end

    for i = low, low + #at - 1 do
        local index = server[(i - 1) % #at + 1]

        if usable(index) then
            return index
        end
    end
end

return ring
