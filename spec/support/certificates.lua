-- SPDX-License-Identifier: MIT
--- Certificates made by the openssl command: one authority, and what it
--- signs.  They vanish with the spec file.
local cleanup = require("support.cleanup")
local files = require("support.files")
local process = require("support.process")
local shell = require("support.shell")

local certificates = {}

local KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

local function openssl(dir, format, ...)
    local made = shell.run("openssl " .. format:format(...), { cwd = dir })

    assert(made.code == 0, made.stderr)
end

---A folder with an authority: ca.crt and ca.key.
---@return string dir
function certificates.folder()
    local dir = process.folder("pandan-certificates")

    cleanup.add(function()
        files.remove(dir)
    end)

    openssl(dir, "req -x509 %s -days 2 -subj '/CN=Pandan test' "
        .. "-keyout ca.key -out ca.crt", KEY)

    return dir
end

---A certificate NAME.crt with its key NAME.key, signed by the authority.
---@param host string   name or IPv4 address that it is for
---@param days? integer  how long it is good; negative: it has expired
function certificates.issue(dir, name, host, days)
    local kind = host:find("^[%d.]+$") and "IP" or "DNS"

    openssl(dir, "req %s -subj /CN=%s -addext subjectAltName=%s:%s "
        .. "-keyout %s.key -out %s.csr", KEY, host, kind, host, name, name)
    openssl(dir, "x509 -req -in %s.csr -CA ca.crt -CAkey ca.key "
        .. "-CAcreateserial -days %d -copy_extensions copy -out %s.crt",
        name, days or 2, name)
end

---A folder with an authority and server.crt, which is for "server.test".
---@return string dir
function certificates.of_server()
    local dir = certificates.folder()

    certificates.issue(dir, "server", "server.test")
    return dir
end

---A server for nginx.conf that speaks TLS on {{dir}}/NAME.sock.
---@param dir string     where its certificate is
---@param name string    of the socket
---@param inside string  what else stands in it
---@param of? string     its certificate's name; that of the socket without it
---@return string
function certificates.listener(dir, name, inside, of)
    local text = ([[
        server {
            listen unix:{{dir}}/NAME.sock ssl;
            ssl_certificate     DIR/OF.crt;
            ssl_certificate_key DIR/OF.key;
            INSIDE
        }
    ]]):gsub("%u+", {
        NAME = name, DIR = dir, OF = of or name, INSIDE = inside,
    })

    return text
end

return certificates
