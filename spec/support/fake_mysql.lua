-- SPDX-License-Identifier: MIT
--- The server's side of MySQL's protocol, as far as a spec needs what no
--- server of Debian's does: MySQL 8's ways to log in, and answers that break
--- off. It ends with the spec file.
local bit = require("bit")

local crypto = require("pandan.native").crypto
local files = require("support.files")
local peer = require("support.peer")
local shell = require("support.shell")

local fake = {}

local NONCE = "aBcDeFgH12345678zyxW"

-- what the server says it can: the new protocol, plugins, transactions,
-- several statements and results
local CAPABILITIES = 0x2fa20f

local OK = "\0\0\0\2\0\0\0"

local Session = {}
Session.__index = Session

local function le(n, bytes)
    local t = {}
    for i = 1, bytes do
        t[i] = string.char(n % 256)
        n = math.floor(n / 256)
    end
    return table.concat(t)
end

function Session:send(payload)
    self.conn:send(le(#payload, 3) .. string.char(self.seq) .. payload)
    self.seq = (self.seq + 1) % 256
end

---The next packet of the client; nil at the end.
function Session:receive()
    local head = self.conn:receive(4)
    if not head then
        return nil
    end

    local a, b, c, seq = head:byte(1, 4)
    self.seq = (seq + 1) % 256
    return self.conn:receive(a + b * 256 + c * 65536)
end

---Says that the statement was run.
function Session:ok()
    self:send(OK)
end

function Session:fail(number, state, text)
    self:send("\255" .. le(number, 2) .. "#" .. state .. text)
end

---Begins a text result of one column, a string.
function Session:columns(name)
    local function text(s)
        return string.char(#s) .. s
    end

    self:send("\1")
    self:send(text("def") .. text("") .. text("") .. text("") .. text(name)
        .. text(name) .. "\12" .. le(45, 2) .. le(255, 4) .. "\253"
        .. le(0, 2) .. "\0" .. le(0, 2))
    self:send("\254\0\0\2\0")
end

function Session:row(value)
    self:send(string.char(#value) .. value)
end

function Session:eof()
    self:send("\254\0\0\2\0")
end

local function xor(a, b)
    local t = {}
    for i = 1, #a do
        t[i] = string.char(bit.bxor(a:byte(i), b:byte((i - 1) % #b + 1)))
    end
    return table.concat(t)
end

local function sha2_scramble(password)
    local once = crypto.sha256(password)
    return xor(once, crypto.sha256(crypto.sha256(once) .. NONCE))
end

-- The password that came under the key of the folder.
local function decrypt(dir, data)
    files.write(dir .. "/secret", data)
    local made = shell.run("openssl pkeyutl -decrypt -inkey " .. dir
        .. "/rsa.key -pkeyopt rsa_padding_mode:oaep -in " .. dir .. "/secret")
    return (xor(made.stdout, NONCE):gsub("%z$", ""))
end

-- By the server's key, which the client asks for.
local function read_password(session, options)
    local ask = session:receive()
    if ask ~= options.ask then
        return nil
    end
    session:send("\1" .. files.read(options.dir .. "/rsa.pub"))
    return decrypt(options.dir, session:receive())
end

local ways = {}

function ways.caching_sha2_password(session, options, answer)
    if answer ~= sha2_scramble(options.password) then
        return false
    elseif not options.full then
        session:send("\1\3")
        return true
    end

    -- nothing is cached: the password itself, please
    session:send("\1\4")
    return read_password(session, options) == options.password
end

function ways.sha256_password(session, options)
    session:send("\1" .. files.read(options.dir .. "/rsa.pub"))
    return decrypt(options.dir, session:receive()) == options.password
end

local function greet(session, plugin)
    session.seq = 0
    session:send("\0108.0.30\0" .. le(7, 4) .. NONCE:sub(1, 8) .. "\0"
        .. le(CAPABILITIES % 65536, 2) .. "\45" .. le(2, 2)
        .. le(math.floor(CAPABILITIES / 65536), 2) .. "\21"
        .. ("\0"):rep(10) .. NONCE:sub(9) .. "\0" .. plugin .. "\0")
end

local function log_in(session, options)
    greet(session, options.plugin)

    local packet = session:receive()
    local from = packet and packet:find("\0", 33, true)
    if not from then
        return false
    end

    local len = packet:byte(from + 1)
    local answer = packet:sub(from + 2, from + 1 + len)
    if options.plugin == "mysql_native_password" then
        return true
    end
    return ways[options.plugin](session, options, answer)
end

---Serves each connection: `answer(session, sql)` is called for each
---statement of a script; false from it ends the connection.
---@param options table  plugin, password, full, dir (of rsa.key and rsa.pub)
---@param answer? function
---@return table peer
function fake.start(options, answer)
    options.plugin = options.plugin or "mysql_native_password"
    options.ask = "\2"

    return peer.start(function(conn)
        local session = setmetatable({ conn = conn, seq = 0 }, Session)
        conn:setoption("tcp-nodelay", true)

        if not log_in(session, options) then
            session:fail(1045, "28000", "Access denied")
            return
        end
        session:ok()

        while true do
            local packet = session:receive()
            if not packet or packet:byte() == 1 then
                return
            elseif packet:byte() ~= 3 or not answer
                or packet:find("^\3KILL")
            then
                session:ok()
            elseif answer(session, packet:sub(2)) == false then
                return
            end
        end
    end)
end

---A folder with a key for passwords.
function fake.keys(dir)
    local made = shell.run("openssl genrsa -out " .. dir .. "/rsa.key 2048 && "
        .. "openssl rsa -in " .. dir .. "/rsa.key -pubout -out " .. dir
        .. "/rsa.pub")
    assert(made.code == 0, made.stderr)
end

return fake
