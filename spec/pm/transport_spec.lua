-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local files = require("support.files")
local nginx = require("support.nginx")
local paths = require("support.paths")
local rocks = require("support.rocks")
local shell = require("support.shell")

local NAMES = { "moved", "endless", "broken", "busy", "plain", "downgraded" }

-- What is transient and what is endless is made by Lua in the server itself.
local function scripts(folder)
    return ([[
        location = /endless-1.0-1.src.rock {
            content_by_lua_block {
                local piece = ("x"):rep(65536)
                while ngx.print(piece) and ngx.flush(true) do end
            }
        }
        location = /broken-1.0-1.src.rock {
            content_by_lua_block {
                local file = io.open("FOLDER/broken-1.0-1.src.rock")
                local bytes = file:read("*a")
                local from = (ngx.var.http_range or ""):match("=(%%d+)-")
                file:close()
                ngx.log(ngx.WARN, "asked from ", from or "start")
                ngx.header.ETag = '"one"'
                if from then
                    ngx.status = 206
                    ngx.header["Content-Range"] = ("bytes %%d-%%d/%%d"):format(
                        from, #bytes - 1, #bytes)
                    ngx.print(bytes:sub(from + 1))
                    return
                end
                ngx.header.Content_Length = #bytes
                ngx.print(bytes:sub(1, 300))
                ngx.flush(true)
                ngx.exit(444)
            }
        }
        location = /busy-1.0-1.src.rock {
            root FOLDER;
            access_by_lua_block {
                if ngx.shared.seen:incr("busy", 1, 0) < 3 then
                    ngx.header.Retry_After = "0"
                    ngx.exit(503)
                end
            }
        }
]]):gsub("FOLDER", folder):gsub("%%%%", "%%")
end

describe("the network", function()
    local server = rocks.serve()
    local folder = server.dir
    -- another server on this machine, which is told nothing that is not its
    local other = nginx.start {
        modules = false,
        http = "    log_format token '$uri [$http_authorization]';\n",
        server = ("access_log {{dir}}/tokens.log token;\n"
            .. "location / { root %s; }"):format(folder),
    }
    local certificate = certificates.folder()

    certificates.issue(certificate, "good", "127.0.0.1")
    certificates.issue(certificate, "another", "elsewhere.test")

    local front = nginx.start {
        http = "    lua_shared_dict seen 1m;\n"
            .. "    log_format token '$uri [$http_authorization]';\n",
        server = ([[
        access_log {{dir}}/tokens.log token;
        location / { root %s; }
        location /private/ {
            if ($http_authorization != "Bearer s3cret") { return 401; }
            rewrite ^/private/(moved.*rock)$
                http://127.0.0.1:%d/$1 redirect;
            alias %s/;
        }
]]):format(folder, other.port, folder) .. scripts(folder),
    }
    local function secure(name)
        return nginx.start {
            modules = false,
            listen = "ssl",
            http = ("    ssl_certificate %s/%s.crt;\n"
                .. "    ssl_certificate_key %s/%s.key;\n"):format(certificate,
                    name, certificate, name),
            server = ("location / { root %s; }\n"
                .. "location = /downgraded-1.0-1.src.rock { return 302 "
                .. "http://127.0.0.1:%d/downgraded-1.0-1.src.rock; }")
                :format(folder, other.port),
        }
    end

    setup(function()
        for _, name in ipairs(NAMES) do
            server:add { name = name, version = "1.0-1",
                modules = { [name] = "return '" .. name .. "'" } }
        end
        server:list()
    end)

    local function project(name, url)
        local made = rocks.project({ url = url
            or "http://127.0.0.1:" .. front.port .. "/" },
            { ["rocks:" .. name] = "" })

        return made
    end

    it("goes on with a download that broke off", function()
        local made = project("broken")

        made:ok("install")
        assert.equal("broken", made:ok("exec luajit -e "
            .. "'io.write(require(\"broken\"))'"))
        assert.matches("asked from start.*asked from 300", front:error_log())
    end)

    it("comes back when a server is busy", function()
        project("busy"):ok("install")
    end)

    it("is not held by an answer without end", function()
        local made = project("endless")
        local result = made:run("install")

        assert.matches("P0505", result.stderr)
        assert.equal(5, result.code)
        assert.is_false(made:has("lua_modules"))
    end)

    describe("with a token", function()
        local url = "http://127.0.0.1:" .. front.port .. "/private/"
        local made

        setup(function()
            made = project("moved", url)
            local result = shell.run(("echo s3cret | '%s' login %s"):format(
                paths.pandan, url), { env = made:env() })

            assert.equal(0, result.code)
        end)

        it("tells it to the address that it was given for", function()
            made:ok("install")
            assert.matches("/private/manifest%-5.1 %[Bearer s3cret%]",
                files.read(front.dir .. "/tokens.log"))
        end)

        it("tells it to nobody else, where a redirect leads", function()
            local log = files.read(other.dir .. "/tokens.log")

            assert.matches("/moved-1.0-1.src.rock [-]\n", log, 1, true)
            assert.is_nil(log:find("s3cret", 1, true))
        end)

        it("tells it to no other folder of the server", function()
            local another = project("plain")

            another.home = made.home
            another:ok("install")
            assert.matches("\n/plain-1.0-1.src.rock [-]\n",
                files.read(front.dir .. "/tokens.log"), 1, true)
        end)

        it("says that it lacks one, or has a wrong one", function()
            local result = project("plain", url):run("install")

            assert.matches("P0403", result.stderr)
            assert.equal(4, result.code)
        end)

        it("does not use a file that others may read", function()
            shell.run("chmod 644 .config/pandan/tokens", { cwd = made.home })

            local result = made:run("update")

            assert.matches("can be read by others and is not used: chmod 600",
                result.stderr)
            assert.equal(4, result.code)
        end)
    end)

    describe("over TLS", function()
        local good, another = secure("good"), secure("another")

        local function install(name, port, ca)
            local made = project(name, "https://127.0.0.1:" .. port .. "/")

            made.more_env = { PANDAN_CA_FILE = ca, SSL_CERT_FILE = false }
            return made:run("install"), made
        end

        it("believes a certificate of a known authority", function()
            local result, made = install("plain", good.port,
                certificate .. "/ca.crt")

            assert.equal(0, result.code)
            assert.equal(0, made:run("verify").code)
        end)

        it("refuses one of nobody knows whom", function()
            local result = install("plain", good.port)

            assert.matches("P0504", result.stderr)
            assert.equal(5, result.code)
        end)

        it("refuses one of another server", function()
            local result = install("plain", another.port,
                certificate .. "/ca.crt")

            assert.matches("P0504", result.stderr)
            assert.equal(5, result.code)
        end)

        it("refuses to be led back to plain http", function()
            local result = install("downgraded", good.port,
                certificate .. "/ca.crt")

            assert.matches("P0503", result.stderr)
            assert.matches("it gives up https", result.stderr, 1, true)
            assert.equal(5, result.code)
        end)
    end)
end)
