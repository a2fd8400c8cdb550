-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local nginx = require("support.nginx")
local package = require("support.package")
local paths = require("support.paths")
local rocks = require("support.rocks")
local shell = require("support.shell")

-- A registry of our own, served as static files; its folder is ours to
-- change as an attacker on the server could.
local function registry()
    local home = cli.folder()
    local self = { dir = home .. "/reg", home = home }

    function self.run(words)
        return cli.run("registry " .. words, { cwd = home,
            env = { HOME = home } })
    end

    function self.ok(words)
        local result = self.run(words)

        if result.code ~= 0 then
            error(words .. ": " .. result.stderr, 2)
        end

        return result.stdout
    end

    function self.add(name, version, text, dependencies)
        local root = home .. "/source"

        package.write(root, "acme/" .. name, version, text,
            ("    dependencies = { %s },\n"):format(dependencies or ""))

        local packed = cli.run("pack", { cwd = root, env = { HOME = home } })

        assert(packed.code == 0, packed.stderr)
        self.ok("add reg source/" .. packed.stdout:match("%S+")
            .. " --author author.key")
    end

    function self.save(name)
        shell.run(("rm -rf %s && cp -R reg %s"):format(name, name),
            { cwd = home })
    end

    function self.restore(name)
        shell.run(("rm -rf reg/* && cp -R %s/* reg/"):format(name),
            { cwd = home })
    end

    self.key = self.ok("init reg"):match("ed25519:%x+")
    self.server = nginx.start {
        modules = false,
        server = ("location / { root %s; }"):format(self.dir),
    }

    function self.project(dependencies, key)
        return rocks.project(nil, dependencies, ([[
    registries = { default = { url = "http://127.0.0.1:%d/", key = "%s" } },
]]):format(self.server.port, key or self.key))
    end

    return self
end

local function text(name)
    return ("return { name = %q }\n"):format(name)
end

describe("a registry of our own", function()
    local reg = registry()

    reg.add("menu", "1.0.0", text("menu 1.0.0"))
    reg.add("menu", "1.1.0", text("menu 1.1.0"))
    reg.add("page", "0.3.0", text("page"), '["acme/menu"] = "^1.0"')

    it("gives packages with what they require", function()
        local project = reg.project { ["acme/page"] = "^0.3" }

        assert.matches("+ acme/menu 1.1.0\n", project:ok("install"), 1, true)
        assert.equal("menu 1.1.0", project:ok("exec luajit -e "
            .. "'io.write(require(\"menu\").name)'"))
    end)

    it("is searched, and tells of its packages", function()
        local project = reg.project {}

        assert.equal("acme/menu 1.1.0\n", (project:ok(
            "search --source default MENU"):gsub(" +", " ")))
        assert.matches("needs +acme/menu %^1%.0\n",
            project:ok("info acme/page"))
    end)

    it("is what it was signed to be", function()
        assert.matches("3 versions", reg.ok("verify reg"))
    end)

    it("takes no version twice", function()
        local result = reg.run("add reg source/page-0.3.0.tar.gz")

        assert.equal(5, result.code)
        assert.matches("is there already", result.stderr)
    end)

    it("no longer chooses what was yanked, but keeps it installed", function()
        local project = reg.project { ["acme/menu"] = "^1.0" }

        project:ok("install")
        reg.ok("yank reg acme/menu 1.1.0")

        assert.matches(" 0 changed\n", project:ok("install"))
        assert.equal(8, project:run("audit").code)
        assert.matches("+ acme/menu 1.0.0\n",
            reg.project { ["acme/menu"] = "^1.0" }:ok("install"), 1, true)
        reg.ok("yank reg acme/menu 1.1.0 --undo")
    end)

    it("is refused with another key than the manifest's", function()
        local project = reg.project({ ["acme/menu"] = "" },
            "ed25519:" .. ("ab"):rep(32))
        local result = project:run("install")

        assert.equal(5, result.code)
        assert.matches("P0524", result.stderr)
    end)

    it("is refused when its root only names the manifest's key", function()
        local thief = registry()
        local secret = files.read(thief.home .. "/reg.keys/root.key")
        local root = files.read(thief.dir .. "/root.1.json")
        local own = root:match('"keys":%["(%x+)"%]')
        local payload = root:match("^[^\n]+"):gsub('"keys":%["%x+"%]',
            ('"keys":["%s","%s"]'):format(own, reg.key:match(":(%x+)")))

        -- signed by OpenSSL: a raw secret has this head
        files.write(thief.home .. "/payload", payload)
        files.write(thief.home .. "/s", (("302e020100300506032b657004220420"
            .. secret):gsub("%x%x", function(two)
                return string.char(tonumber(two, 16))
            end)))
        shell.run("openssl pkeyutl -sign -rawin -keyform DER -inkey s "
            .. "-in payload -out sig", { cwd = thief.home })
        files.write(thief.dir .. "/root.1.json", ('%s\n{"key":"%s","sig":"%s"}'
            .. "\n"):format(payload, own,
            (files.read(thief.home .. "/sig"):gsub(".", function(byte)
                return ("%02x"):format(byte:byte())
            end))))

        -- good in itself, and believed by who has pinned nothing
        local result = thief.project({ ["acme/menu"] = "" }, reg.key)
            :run("install")

        assert.matches("P0524", result.stderr)
        assert.equal(5, result.code)
        assert.matches("P0302", thief.project({ ["acme/menu"] = "" },
            thief.key):run("install").stderr)
    end)

    it("is whole to everybody while it is added to", function()
        local project = reg.project { ["acme/menu"] = "" }
        local adding = shell.quote(paths.pandan)
        local lines = {}

        for i = 1, 8 do
            package.write(reg.home .. "/many", "acme/extra" .. i, "1.0.0",
                text("extra"))
            cli.run("pack", { cwd = reg.home .. "/many" })
            shell.run(("mv many/extra%d-1.0.0.tar.gz ."):format(i),
                { cwd = reg.home })
            lines[i] = adding .. (" registry add reg extra%d-1.0.0.tar.gz &")
                :format(i)
        end

        -- all at once, and an update in front of each other's feet
        for i = 1, 8 do
            lines[#lines + 1] = ("(cd '%s' && %s update -q) || exit 1"):format(
                project.root, adding) .. (i == 8 and "; wait" or "")
        end

        local result = shell.run(table.concat(lines, "\n"),
            { cwd = reg.home, env = project:env() })

        assert.equal("", result.stderr:gsub("fetched[^\n]*\n", ""))
        assert.equal(0, result.code)
        assert.matches("11 versions", reg.ok("verify reg"))
    end)

    it("may change its keys, and is followed", function()
        local project = reg.project { ["acme/menu"] = "1.0.0" }

        project:ok("install")
        reg.ok("rotate reg")
        reg.ok("rotate reg")
        reg.add("menu", "1.2.0", text("menu 1.2.0"))
        project:ok("update")

        -- who comes for the first time knows the first key only
        assert.matches("+ acme/menu 1.2.0\n",
            reg.project { ["acme/menu"] = "" }:ok("install"), 1, true)
    end)
end)

describe("a registry that was tampered with", function()
    local reg = registry()

    reg.add("menu", "1.0.0", text("menu"))
    reg.save("old")

    local known = reg.project { ["acme/menu"] = "1.0.0" }

    known:ok("install")
    reg.add("menu", "1.1.0", text("newer"))
    known:ok("update")
    reg.save("good")

    local function refused(code, project, message)
        project = project or reg.project { ["acme/menu"] = "" }

        local result = project:run("update")

        assert.matches(code, result.stderr, 1, true)
        assert.matches(message, result.stderr, 1, true)
        assert.equal(5, result.code)
        reg.restore("good")
    end

    --- Another text for a file, also where it is found by its hash.
    local function put(name, bytes)
        local path = reg.dir .. "/" .. name
        local hash = shell.run("sha256sum " .. path).stdout:match("%x+")
        local copy = reg.dir .. "/by-hash/" .. hash

        files.write(path, bytes)
        if files.exists(copy) then
            files.write(copy, bytes)
        end
    end

    local function change(name, from, to)
        local changed, count = files.read(reg.dir .. "/" .. name)
            :gsub(from, to)

        assert.is_true(count > 0)
        put(name, changed)
    end

    it("is refused when it shows an older state", function()
        reg.restore("old")
        refused("P0522", known, "the registry's timestamp is version 2, and "
            .. "3 was seen before")
    end)

    it("is refused when its snapshot was changed", function()
        change("snapshot.json", '"version":%d+', '"version":99')
        refused("P0520", nil,
            "the registry's snapshot has 0 good signatures, and needs 1")
    end)

    it("is refused when its timestamp is another's", function()
        change("timestamp.json", '"sig":"(%x)', function(digit)
            return '"sig":"' .. (digit == "0" and "1" or "0")
        end)
        refused("P0520", nil,
            "the registry's timestamp has 0 good signatures, and needs 1")
    end)

    it("is refused when an index was changed", function()
        change("index/acme/menu", '"license":"MIT"', '"license":"Evil"')
        refused("P0523", nil, "the registry's index of acme/menu is not the "
            .. "one that its snapshot names")
    end)

    it("is refused when parts are of different states", function()
        put("snapshot.json", files.read(reg.home .. "/old/snapshot.json"))
        refused("P0523", nil,
            "the registry's snapshot is not the one that its timestamp names")
    end)

    it("is refused when a package's bytes are others", function()
        change("pkgs/acme/menu-1.1.0.tar.gz", "^..", "%0x")
        refused("P0501", nil, "acme/menu 1.1.0")
    end)

    it("is refused when it has expired", function()
        reg.ok("sign reg --days 0")
        refused("P0521", nil, "the registry's timestamp has expired")
    end)

    it("is refused when a root came from nowhere", function()
        local other = registry()

        other.ok("rotate reg")
        shell.run(("cp %s/root.2.json reg/"):format(other.dir),
            { cwd = reg.home })
        local project = reg.project { ["acme/menu"] = "" }
        local result = project:run("install")

        assert.equal(5, result.code)
        assert.matches("P0524", result.stderr)
        os.remove(reg.dir .. "/root.2.json")
    end)

    it("is refused when the author's signature is another's", function()
        change("index/acme/menu", '"sig":"(%x)', function(digit)
            return '"sig":"' .. (digit == "0" and "1" or "0")
        end)
        reg.ok("sign reg")
        refused("P0520", nil, "is not signed by its author's key")
    end)

    it("is refused when it says nothing but endless bytes", function()
        put("timestamp.json", ("x"):rep(65 * 1024 * 1024))
        refused("P0505", nil, "is larger than the")
    end)

    it("is good again when it is as it was", function()
        reg.project { ["acme/menu"] = "" }:ok("install")
    end)
end)
