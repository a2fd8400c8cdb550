-- SPDX-License-Identifier: MIT
---@meta

--- What `runtime/socket/` gives to Lua as `ngx.socket`.
---@class ngx.socket
---@field tcp fun(): ngx.socket.tcp
---@field stream fun(): ngx.socket.tcp
---@field connect fun(...: any): ngx.socket.tcp?, string?

--- A socket belongs to the request (or timer) that connected it. What fails
--- in the world gives `nil, err`; a socket of another request raises
--- "bad request".
---@class ngx.socket.tcp
local tcp = {}

---@class ngx.socket.tcp.options
---@field pool? string|number  the pool's name; default "host:port"
---@field pool_size? integer   idle connections that the pool keeps
---@field backlog? integer     open no more than pool_size, so many may wait

---@param host string  name, address or "unix:/path"; then without port
---@param port? integer|string
---@param options? ngx.socket.tcp.options
---@return 1? ok
---@return string? err  "connection refused", "timeout",
---                     "too many waiting connect operations" ...
function tcp:connect(host, port, options) end

---@param data string|number|boolean|nil|table  a table is a nested array
---@return integer? bytes
---@return string? err
function tcp:send(data) end

---@param pattern? integer|string  a size, "*l" (default) or "*a"
---@return string? data
---@return string? err
---@return string? partial  what had come
function tcp:receive(pattern) end

---@param max integer
---@return string? data
---@return string? err
---@return string? partial
function tcp:receiveany(max) end

---@param pattern string
---@param options? { inclusive: boolean }
---@return (fun(size?: integer): string?, string?, string?)? reader
---@return string? err
function tcp:receiveuntil(pattern, options) end

---@param ms? number  nil or 0: as configured
function tcp:settimeout(ms) end

---@param connect? number
---@param send? number
---@param read? number
function tcp:settimeouts(connect, send, read) end

---@param name "keepalive"|"reuseaddr"|"tcp-nodelay"|"sndbuf"|"rcvbuf"
---@param value boolean|integer
---@return true? ok
---@return string? err
function tcp:setoption(name, value) end

---@param name "keepalive"|"reuseaddr"|"tcp-nodelay"|"sndbuf"|"rcvbuf"
---@return integer? value
---@return string? err
function tcp:getoption(name) end

---@param ms? integer  0: for ever
---@param size? integer  of a pool that is made now
---@return 1? ok
---@return string? err  "unread data in buffer", "closed" ...
function tcp:setkeepalive(ms, size) end

---@return integer? times  0: a fresh connection
---@return string? err
function tcp:getreusedtimes() end

---@param address string  in digits
---@return 1? ok
---@return string? err
function tcp:bind(address) end

---@return integer? fd
---@return string? err
function tcp:getfd() end

---@return 1? ok
---@return string? err
function tcp:close() end
