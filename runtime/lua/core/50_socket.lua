-- SPDX-License-Identifier: MIT
--
-- ngx.socket.connect(): a socket and its connection in one call.

local ngx = ...

local tcp = ngx.socket.tcp


---@param ... any  what sock:connect() takes
---@return table? sock
---@return string? err
function ngx.socket.connect(...)
    local sock = tcp()

    local ok, err = sock:connect(...)
    if not ok then
        return nil, err
    end

    return sock
end
