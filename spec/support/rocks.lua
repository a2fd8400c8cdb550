-- SPDX-License-Identifier: MIT
--- A LuaRocks server of a spec's own: rocks made here, listed by Debian's
--- luarocks-admin, served by nginx; and projects that install from it.
---
---     local server = rocks.serve()
---     server:add { name = "a", version = "1.0-1", modules = { a = "..." } }
---     server:list()
---     local project = rocks.project(server, { ["rocks:a"] = "" })
---     project:ok("install")
local cleanup = require("support.cleanup")
local cli = require("support.cli")
local files = require("support.files")
local nginx = require("support.nginx")
local paths = require("support.paths")
local process = require("support.process")
local shell = require("support.shell")

local rocks = {}

local Server = {}

Server.__index = Server

local Project = {}

Project.__index = Project

local function literal(value)
    if type(value) ~= "table" then
        return type(value) == "string" and ("%q"):format(value)
            or tostring(value)
    end

    local rows = {}

    for _, item in ipairs(value) do
        rows[#rows + 1] = literal(item)
    end

    local names = {}

    for name in pairs(value) do
        if type(name) == "string" then
            names[#names + 1] = name
        end
    end
    table.sort(names)

    for _, name in ipairs(names) do
        rows[#rows + 1] = ("[%q] = %s"):format(name, literal(value[name]))
    end

    return "{ " .. table.concat(rows, ", ") .. " }"
end

local function must(command, cwd, env)
    local result = shell.run(command, { cwd = cwd, env = env, timeout = 300 })

    if result.code ~= 0 then
        error(command .. ": " .. result.stderr .. result.stdout, 2)
    end

    return result.stdout
end

---@param options? table  server: more of nginx's server block; modules: with
---  those of ours
---@return table server  { dir, url }
function rocks.serve(options)
    local folder = cli.folder()

    os.execute("mkdir -p '" .. folder .. "/files'")

    local server = nginx.start {
        modules = options and options.modules or false,
        http = "    types { } default_type application/octet-stream;\n",
        server = (options and options.server or "")
            .. ("location / { root %s/files; }"):format(folder),
    }

    return setmetatable({
        dir = folder .. "/files",
        work = folder,
        url = "http://127.0.0.1:" .. server.port .. "/",
        nginx = server,
    }, Server)
end

---Makes a rock.
---@param rock table  name, version, dependencies, modules (name → Lua text),
---  build (instead of modules), sources (path → text), kind ("src", "all"),
---  rockspec (its text, instead of what is made), extra (lines of it)
function Server:add(rock)
    local full = rock.name .. "-" .. rock.version
    local top = rock.name .. "-source"
    local base = self.work .. "/work-" .. full
    local build = rock.build or { type = "builtin", modules = {} }

    for name, text in pairs(rock.modules or {}) do
        local path = name:gsub("%.", "/") .. ".lua"

        build.modules[name] = path
        files.write(base .. "/" .. top .. "/" .. path, text)
        files.write(base .. "/lua/" .. path, text)
    end

    for path, text in pairs(rock.sources or {}) do
        files.write(base .. "/" .. top .. "/" .. path, text)
    end

    local depends = { "lua >= 5.1", unpack(rock.dependencies or {}) }

    files.write(base .. "/" .. top .. "/README", "made for a spec\n")
    files.write(base .. "/" .. full .. ".rockspec", rock.rockspec or ([[
package = %q
version = %q
source = { url = "http://127.0.0.1/%s.tar.gz", dir = %q }
description = { summary = "made for a spec", license = "MIT" }
dependencies = %s
build = %s
%s]]):format(rock.name, rock.version, top, top, literal(depends),
        literal(build), rock.extra or ""))

    local pack = ("cd '%s' && "):format(base)

    if rock.kind == "all" then
        pack = pack .. ("zip -qr '%s/%s.all.rock' %s.rockspec lua"):format(
            self.dir, full, full)
    else
        pack = pack .. ("tar czf %s.tar.gz %s && zip -q '%s/%s.src.rock' "
            .. "%s.rockspec %s.tar.gz"):format(top, top, self.dir, full, full,
            top)
    end

    if self.later then
        self.later[#self.later + 1] = pack
    else
        must(pack, "/")
    end
end

---Adds a rock of sources as their author packed them.
---@param name string
---@param version string
---@param archive string  of build/debian; see mk/packages-check.txt
---@param rockspec string  or the name of one in the archive: `source` is ours
---@param more? string  lines of the rockspec
function Server:add_debian(name, version, archive, rockspec, more)
    local base = ("%s/debian-%s"):format(self.work, name)
    local full = name .. "-" .. version
    local path = paths.root .. "/build/debian/" .. archive

    must(("mkdir -p '%s' && cp '%s' '%s/%s.tar.gz'"):format(base, path, base,
        name), "/")

    local top = must("tar tzf " .. name .. ".tar.gz | head -1", base)
        :match("[^/\n]+")

    if rockspec:find("%.rockspec$") then
        rockspec = must(("tar xzOf %s.tar.gz %s/%s"):format(name, top,
            rockspec), base)
    end

    files.write(("%s/%s.rockspec"):format(base, full), rockspec
        .. ("\npackage, version = %q, %q\nsource = { url = "
            .. "'http://127.0.0.1/%s.tar.gz', dir = %q }\n%s"):format(name,
            version, name, top, more or ""))
    must(("zip -q '%s/%s.src.rock' %s.rockspec %s.tar.gz"):format(self.dir,
        full, full, name), base)
end

---Adds and lists rocks that need each other as the nodes of a tree do:
---`part1` needs all of them.
---@param count integer
function Server:add_tree(count)
    self.later = { "set -e" }

    for i = 1, count do
        local needs = {}

        for _, j in ipairs { 2 * i, 2 * i + 1 } do
            if j <= count then
                needs[#needs + 1] = "part" .. j .. " >= 1.0"
            end
        end

        self:add {
            name = "part" .. i, version = "1.0-1", dependencies = needs,
            kind = i % 3 == 0 and "all" or "src",
            modules = {
                ["part" .. i] = "return " .. i .. "\n",
                ["part" .. i .. ".inner.deep"] = "return 'deep'\n",
            },
        }
    end

    -- all by one shell
    must(table.concat(self.later, "\n"), "/")
    self.later = nil
    self:list()
end

---Lists all that was added.
function Server:list()
    must("luarocks-admin make-manifest --lua-version=5.1 .", self.dir,
        { HOME = self.work })
end

local function manifest(dependencies, more)
    return ("return {\n    dependencies = %s,\n%s}\n"):format(
        literal(dependencies), more or "")
end

---A folder with a manifest, and a user with nothing in the store.
---@param server? table  where its rocks come from
---@param dependencies table
---@param more? string  lines of the manifest
---@return table project  { root, home }
function rocks.project(server, dependencies, more)
    local home = cli.folder()
    local project = setmetatable({
        root = home .. "/project",
        home = home,
        server = server,
        more_env = {},
    }, Project)

    files.write(project.root .. "/pandan.pkg.lua",
        manifest(dependencies, more))

    return project
end

local clones = 0

---Another folder with the same manifest and lock.
---@param other_user? boolean  with a store of its own
function Project:clone(other_user)
    local home = other_user and cli.folder() or self.home

    clones = clones + 1
    local copy = setmetatable({
        root = home .. "/clone-" .. clones,
        home = home,
        server = self.server,
        more_env = self.more_env,
    }, Project)

    for _, name in ipairs { "pandan.pkg.lua", "pandan.lock" } do
        files.write(copy.root .. "/" .. name, self:read(name))
    end

    return copy
end

function Project:manifest(dependencies, more)
    files.write(self.root .. "/pandan.pkg.lua", manifest(dependencies, more))
end

function Project:env()
    local env = {
        HOME = self.home, XDG_DATA_HOME = false, XDG_CACHE_HOME = false,
        XDG_CONFIG_HOME = false, PANDAN_CA_FILE = false,
        PANDAN_ROCKS_URL = self.server and self.server.url or false,
        http_proxy = false, https_proxy = false,
    }

    for name, value in pairs(self.more_env) do
        env[name] = value
    end

    return env
end

function Project:run(words, options)
    options = options or {}
    options.cwd = self.root
    options.env = self:env()

    return cli.run(words, options)
end

function Project:ok(words)
    local result = self:run(words)

    if result.code ~= 0 then
        error(("pandan %s: code %d\n%s%s"):format(words, result.code,
            result.stdout, result.stderr), 2)
    end

    return result.stdout
end

function Project:read(path)
    return files.read(self.root .. "/" .. path)
end

function Project:has(path)
    return files.exists(self.root .. "/" .. path)
end

---All modules of a tree with the hashes of their bytes, as a text.
function Project:modules(tree)
    return must("cd " .. shell.quote(tree or self.root .. "/lua_modules")
        .. " && find share/lua lib/lua -type f 2>/dev/null | LC_ALL=C sort"
        .. " | xargs sha256sum", self.root)
end

---What Debian's luarocks makes of the same.
---@param more? string  words for it
---@return string  the tree
function Project:luarocks(name, more)
    local tree = self.home .. "/luarocks-tree"

    must(("luarocks --tree %s --lua-version=5.1 --only-server=%s install %s %s")
        :format(tree, self.server.url, name, more or ""), self.root,
        { HOME = self.home })

    return tree
end

---A process of its own: for killing and for running many.
function Project:start(words)
    local env = self:env()

    env.LD_PRELOAD = os.getenv("PANDAN_SAN_LIBS") or false

    local started = process.start({
        paths.pandan, unpack(words),
    }, { cwd = self.root, env = env, stdout = self.home .. "/out.log" })

    cleanup.add(function()
        started:stop("KILL", 5)
    end)

    return started
end

return rocks
