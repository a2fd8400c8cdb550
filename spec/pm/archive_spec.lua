-- SPDX-License-Identifier: MIT
local archive = require("support.archive")
local files = require("support.files")
local rocks = require("support.rocks")
local shell = require("support.shell")

local MANIFEST = { name = "evil-1.0.0/pandan.pkg.lua",
    data = "return { name = 'acme/evil', version = '1.0.0' }\n" }

local function named(name, more)
    local entry = { name = name, data = "owned" }

    for key, value in pairs(more or {}) do
        entry[key] = value
    end
    return { MANIFEST, entry }
end

-- { code, what it is, entries [, of the whole zip] }
local TARS = {
    { 602, "a name that leads out", named("evil-1.0.0/../../out") },
    { 602, "a name that leads out at once", named("../out") },
    { 602, "a name that ends outside", named("evil-1.0.0/..") },
    { 602, "an absolute name", named("/tmp/pandan-out") },
    { 602, "a name with a dot in it", named("evil-1.0.0/./x") },
    { 602, "a prefix that leads out", named("x", { prefix = "../.." }) },
    { 602, "a folder that leads out", named("../out/", { type = "5" }) },
    { 602, "a long name that leads out", { MANIFEST,
        archive.pax("path", "../" .. ("x"):rep(120)),
        { name = "good", data = "owned" } } },
    { 602, "GNU's long name that leads out", { MANIFEST,
        { name = "././@LongLink", type = "L", data = "../out\0" },
        { name = "good", data = "owned" } } },
    { 603, "a backslash", named("evil-1.0.0\\out") },
    { 603, "an empty part", named("evil-1.0.0//out") },
    { 603, "a control byte", named("evil-1.0.0/a\27[2Jb") },
    { 603, "a newline", named("evil-1.0.0/a\nb") },
    { 603, "bytes that are no UTF-8", named("evil-1.0.0/\255\254") },
    { 603, "an overlong slash", named("evil-1.0.0/..\192\175out") },
    { 603, "a part of 256 bytes", { MANIFEST,
        archive.pax("path", "evil-1.0.0/" .. ("x"):rep(256)),
        { name = "good", data = "" } } },
    { 604, "a symbolic link", named("evil-1.0.0/x",
        { type = "2", link = "/etc/passwd", data = "" }) },
    { 604, "a link to beside it", named("evil-1.0.0/x",
        { type = "2", link = "pandan.pkg.lua", data = "" }) },
    { 604, "a hard link", named("evil-1.0.0/x",
        { type = "1", link = "/etc/passwd", data = "" }) },
    { 604, "a hard link within", named("evil-1.0.0/x", { type = "1",
        link = "evil-1.0.0/pandan.pkg.lua", data = "" }) },
    { 604, "a link and a file behind it", { MANIFEST,
        { name = "evil-1.0.0/d", type = "2", link = "/tmp" },
        { name = "evil-1.0.0/d/out", data = "owned" } } },
    { 604, "a link of a pax record", { MANIFEST,
        archive.pax("linkpath", "/etc/passwd"),
        { name = "evil-1.0.0/x", type = "2", link = "y" } } },
    { 605, "a pipe", named("evil-1.0.0/x", { type = "6", data = "" }) },
    { 605, "a character device", named("evil-1.0.0/x",
        { type = "3", data = "" }) },
    { 605, "a block device", named("evil-1.0.0/x",
        { type = "4", data = "" }) },
    { 606, "a file that runs as its owner", named("evil-1.0.0/x",
        { mode = 2541 }) },
    { 606, "a file that runs as its group", named("evil-1.0.0/x",
        { mode = 1517 }) },
    { 607, "a name twice", named("evil-1.0.0/pandan.pkg.lua") },
    { 607, "a name in other letters", named("evil-1.0.0/PANDAN.pkg.lua") },
    { 607, "a file where a folder is", { MANIFEST,
        { name = "evil-1.0.0/x/y", data = "" },
        { name = "evil-1.0.0/x", data = "" } } },
    { 607, "a folder where a file is", { MANIFEST,
        { name = "evil-1.0.0/x", data = "" },
        { name = "evil-1.0.0/x/y", data = "" } } },
    { 608, "a size of eight gigabytes", named("evil-1.0.0/x",
        { size = 8 * 1024 ^ 3 - 1 }) },
    { 601, "a wrong checksum", named("evil-1.0.0/x", { sum = 1 }) },
    { 601, "an end in the middle", named("evil-1.0.0/x",
        { size = 1000000 }) },
}

local ZIPS = {
    { 602, "a name that leads out", named("../out") },
    { 602, "an absolute name", named("/tmp/pandan-out") },
    { 602, "backslashes", named("evil-1.0.0\\..\\out") },
    { 603, "a zero byte", named("evil-1.0.0/x\0.lua") },
    { 604, "a symbolic link", named("evil-1.0.0/x",
        { mode = 41471, data = "/etc/passwd" }) },
    { 606, "a file that runs as its owner", named("evil-1.0.0/x",
        { mode = 35309 }) },
    { 607, "a name twice", named("evil-1.0.0/pandan.pkg.lua") },
    { 607, "a name in other letters", named("evil-1.0.0/Pandan.pkg.lua") },
    { 610, "bytes behind its end", named("evil-1.0.0/x"), { tail = "more" } },
    { 610, "a comment that is another zip", named("evil-1.0.0/x"),
        { comment = archive.zip(named("evil-1.0.0/y")) } },
    { 610, "bytes in front", { { name = "x", data = "y", before = "PK\3\4" },
        MANIFEST } },
    { 610, "bytes between its files", { MANIFEST,
        { name = "x", data = "y", before = "zz" } } },
    { 610, "a file that the table leaves out", { MANIFEST,
        { name = "x", data = "y", hidden = true } } },
    { 610, "two names for one file", named("evil-1.0.0/x",
        { local_name = "evil-1.0.0/y" }) },
    { 601, "a table of more files than there are", named("evil-1.0.0/x"),
        { count = 3 } },
    { 601, "a method that nobody knows", named("evil-1.0.0/x",
        { method = 99 }) },
    { 608, "a size that is not true", named("evil-1.0.0/x",
        { size = 4 * 1024 * 1024 }) },
}

describe("an archive of an enemy", function()
    local server = rocks.serve()

    --- A project that needs the bytes, as an archive at an address.
    local function install(bytes)
        files.write(server.dir .. "/evil", bytes)

        local sum = shell.run("sha256sum evil", { cwd = server.dir })
            .stdout:match("%x+")
        local project = rocks.project(server, { ["acme/evil"] = {
            url = server.url .. "evil", sha256 = sum,
        } })

        return project:run("install"), project
    end

    local function refused(kind, row, bytes)
        it(("is refused: a %s with %s"):format(kind, row[2]), function()
            local result, project = install(bytes)

            assert.equal(("%d"):format(row[1]),
                result.stderr:match("error%[P0(%d+)%]"))
            assert.equal(5, result.code)
            assert.is_nil(result.stderr:find("\27", 1, true))
            assert.is_false(project:has("lua_modules"))
            assert.is_false(project:has("pandan.lock"))
            assert.equal("", shell.run("find . -name '*out' -o -name '*x' "
                .. "-o -type l -o -type p", { cwd = project.home }).stdout)
            assert.is_false(files.exists("/tmp/pandan-out"))
        end)
    end

    for _, row in ipairs(TARS) do
        local bytes = archive.tar(row[3])

        if row[2]:find("in the middle") then
            bytes = bytes:sub(1, 3000)
        end
        refused("tar", row, bytes)
    end

    for _, row in ipairs(ZIPS) do
        refused("zip", row, archive.zip(row[3], row[4]))
    end

    it("is refused: a small one that unpacks to much", function()
        files.write(server.dir .. "/big", archive.tar(
            named("evil-1.0.0/zeroes", { data = ("\0"):rep(32 * 1024 ^ 2) })))

        local result = install(shell.run("gzip -9 < big",
            { cwd = server.dir }).stdout)

        assert.matches("P0608", result.stderr)
        assert.equal(5, result.code)
    end)

    it("is refused: what is none", function()
        assert.matches("P0601",
            install("<!DOCTYPE html><html></html>").stderr)
    end)

    it("is taken when it is none of an enemy's", function()
        local result, project = install(archive.tar(
            named("evil-1.0.0/lua/evil.lua", { data = "return 'good'" })))

        assert.equal("", result.stderr:gsub("fetched[^\n]*\n", ""))
        assert.equal("good", project:ok("exec luajit -e "
            .. "'io.write(require(\"evil\"))'"))
    end)
end)
