-- SPDX-License-Identifier: MIT
local cleanup = require("support.cleanup")
local cli = require("support.cli")
local files = require("support.files")
local package = require("support.package")
local paths = require("support.paths")
local ports = require("support.ports")
local process = require("support.process")
local rocks = require("support.rocks")
local shell = require("support.shell")

-- From nothing to a package that is used: each step as one types it.
describe("a registry", function()
    local home = cli.folder()
    local env = { HOME = home, XDG_DATA_HOME = false, XDG_CACHE_HOME = false,
        XDG_CONFIG_HOME = false, TMPDIR = home .. "/tmp" }
    local key, port, server

    local function run(words, folder)
        return cli.run(words, { cwd = folder or home, env = env })
    end

    it("is made by one command, its keys for its owner's eyes", function()
        local result = run("registry init reg")

        key = result.stdout:match('key = "(ed25519:%x+)"')
        assert.equal(72, #key)
        assert.equal("600 reg.keys/online.key\n600 reg.keys/root.key\n",
            shell.run("stat -c '%a %n' reg.keys/*.key",
                { cwd = home }).stdout)
        assert.equal(1, run("registry init reg").code)
    end)

    it("takes a package", function()
        package.write(home .. "/router", "acme/router", "1.0.0",
            "return { match = function(path) return 'matched ' .. path end }")
        assert.equal("router-1.0.0.tar.gz\n", run("pack",
            home .. "/router").stdout)
        assert.equal("+ acme/router 1.0.0\n", run("registry add reg "
            .. "router/router-1.0.0.tar.gz --author author.key").stdout)
        assert.equal("1 versions, all as they were signed\n",
            run("registry verify reg").stdout)
    end)

    it("packs equal files into equal bytes", function()
        local packed = home .. "/router/router-1.0.0.tar.gz"
        local before = files.read(packed)

        files.remove(packed)
        shell.run("touch -d 2001-01-01 router/*", { cwd = home })
        run("pack", home .. "/router")
        assert.is_true(before == files.read(packed))
    end)

    it("is signed so that others can check it", function()
        -- with OpenSSL's own command: a raw key has this head
        local payload, by, sig = files.read(home .. "/reg/timestamp.json")
            :match('^(.-)\n{"key":"(%x+)","sig":"(%x+)"}\n$')
        local function bytes(hex)
            return (hex:gsub("%x%x", function(two)
                return string.char(tonumber(two, 16))
            end))
        end

        files.write(home .. "/payload", payload)
        files.write(home .. "/sig", bytes(sig))
        files.write(home .. "/key.der", bytes("302a300506032b6570032100" .. by))
        assert.matches("Verified Successfully", shell.run("openssl pkeyutl "
            .. "-verify -pubin -inkey key.der -keyform DER -rawin "
            .. "-in payload -sigfile sig", { cwd = home }).stdout)
    end)

    it("is served", function()
        shell.run("mkdir tmp", { cwd = home })
        port = ports.free()
        server = process.start({ paths.pandan, "registry", "serve", "reg",
            "--port", tostring(port) }, { cwd = home, env = env,
            stdout = home .. "/serve.log" })
        cleanup.add(function()
            server:stop("TERM", 10)
        end)
        cli.wait(function()
            return shell.run(("curl -sf http://127.0.0.1:%d/root.1.json")
                :format(port)).code == 0
        end)
        assert.matches("Serving .*/reg at http://127.0.0.1:" .. port
            .. "/; Ctrl%-C ends it.", files.read(home .. "/serve.log"))
    end)

    it("gives the package to `pandan add`", function()
        local project = rocks.project(nil, {}, ([[
    registries = { default = { url = "http://127.0.0.1:%d/", key = %q } },
]]):format(port, key))

        assert.matches("+ acme/router 1.0.0\n", project:ok("add acme/router"),
            1, true)
        assert.matches('["acme/router"] = "^1.0"',
            project:read("pandan.pkg.lua"), 1, true)
        assert.equal("matched /x", project:ok("exec luajit -e "
            .. "'io.write(require(\"router\").match(\"/x\"))'"))
        assert.equal(0, project:run("verify").code)
    end)

    it("ends when it is told to, and leaves nothing behind", function()
        server:stop("TERM", 10)
        assert.equal("", shell.run("ls tmp", { cwd = home }).stdout)
        assert.equal(7, shell.run(("curl -s http://127.0.0.1:%d/"):format(
            port)).code)
    end)

    it("serves no other folder", function()
        local result = run("registry serve .")

        assert.equal(4, result.code)
        assert.matches("is no registry", result.stderr)
    end)
end)
