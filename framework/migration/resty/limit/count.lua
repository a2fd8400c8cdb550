-- SPDX-License-Identifier: MIT
--- The interface of resty.limit.count: so many in a window that begins with
--- the first.

local count = {}
local metatable = { __index = count }

---@param dict_name string
---@param limit integer
---@param window number  seconds
function count.new(dict_name, limit, window)
    local dict = ngx.shared[dict_name]

    if not dict then
        return nil, "shared dict not found"
    end

    assert(limit > 0 and window > 0)

    return setmetatable({ dict = dict, limit = limit, window = window },
        metatable)
end

---@param commit boolean
---@return 0? delay
---@return integer|string remaining_or_err
function count:incoming(key, commit)
    local left, err

    if commit then
        left, err = self.dict:incr(key, -1, self.limit, self.window)
        if not left then
            return nil, err
        end
    else
        left = (self.dict:get(key) or self.limit) - 1
    end

    if left < 0 then
        return nil, "rejected"
    end
    return 0, left
end

---@return integer? remaining
---@return string? err
function count:uncommit(key)
    local left, err = self.dict:incr(key, 1)

    if left then
        return left
    elseif err == "not found" then
        return self.limit
    end
    return nil, err
end

return count
