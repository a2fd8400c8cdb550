-- SPDX-License-Identifier: MIT
---@meta

--- What `runtime/socket/` gives to Lua as `ngx.socket`.
---@class ngx.socket
---@field tcp fun(): ngx.socket.tcp
---@field stream fun(): ngx.socket.tcp
---@field connect fun(...: any): ngx.socket.tcp?, string?
---@field udp fun(): ngx.socket.udp

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

---@param session? ffi.cdata*|false  of an earlier handshake; false: give none
---@param name? string     the server's
---@param verify? boolean  its certificate must be good
---@param status? boolean  ask for the certificate's OCSP status
---@return ffi.cdata*|true? session
---@return string? err  "handshake failed", "certificate host mismatch",
---                     "10: certificate has expired" ...
function tcp:sslhandshake(session, name, verify, status) end

---@param chain? ffi.cdata*  of ngx.ssl.parse_pem_cert
---@param key? ffi.cdata*    of ngx.ssl.parse_pem_priv_key
---@return true? ok
---@return string? err
function tcp:setclientcert(chain, key) end

--- The client's connection: `ngx.req.socket()` reads the body,
--- `ngx.req.socket(true)` has all of it and `send` too.
---@class ngx.socket.request
---@field receive fun(self, pattern?: integer|string): string?, string?, string?
---@field receiveany fun(self, max: integer): string?, string?, string?
---@field receiveuntil fun(self, pattern: string, options?: table): function
---@field settimeout fun(self, ms?: number)
---@field settimeouts fun(self, connect: number, send: number, read: number)
---@field send? fun(self, data: any): integer?, string?

--- The client's connection in stream { }, by `ngx.req.socket()`, always in both
--- directions.
---@class ngx.socket.session
local session = {}

---@param pattern? integer|string  a size, "*l" (default) or "*a"
---@return string? data
---@return string? err
---@return string? partial
function session:receive(pattern) end

---@param max integer
---@return string? data
---@return string? err
---@return string? partial
function session:receiveany(max) end

---@param pattern string
---@param options? { inclusive: boolean }
---@return (fun(size?: integer): string?, string?, string?)? reader
---@return string? err
function session:receiveuntil(pattern, options) end

--- In preread_by_lua*: what comes next, which stays to be received.
---@param size integer
---@return string? data
---@return string? err
function session:peek(size) end

---@param data string|number|boolean|nil|table  a table is a nested array
---@return integer? bytes
---@return string? err
function session:send(data) end

---@param direction "send"  nothing more is sent; the client may go on
---@return 1? ok
---@return string? err
function session:shutdown(direction) end

---@param ms? number  nil or 0: as configured
function session:settimeout(ms) end

---@param connect? number
---@param send? number
---@param read? number
function session:settimeouts(connect, send, read) end

--- The same of a `listen ... udp`: one datagram in, any number out.
---@class ngx.socket.datagram
local datagram = {}

---@param size? integer  in parts of this size; default: all of it
---@return string? data
---@return string? err
function datagram:receive(size) end

---@param data string|number|boolean|nil|table  one datagram
---@return integer? bytes
---@return string? err
function datagram:send(data) end

---@param ms number
function datagram:settimeout(ms) end

---@class ngx.socket.udp
local udp = {}

---@param host string  name, address or "unix:/path"; then without port
---@param port? integer|string
---@return 1? ok
---@return string? err
function udp:setpeername(host, port) end

---@param data string|number|boolean|nil|table  one datagram
---@return 1? ok
---@return string? err
function udp:send(data) end

---@param size? integer  what is longer is cut
---@return string? datagram
---@return string? err
function udp:receive(size) end

---@param ms number  0 and less: as configured
function udp:settimeout(ms) end

---@param address string  in digits
---@return 1? ok
---@return string? err
function udp:bind(address) end

---@return 1? ok
---@return string? err
function udp:close() end
