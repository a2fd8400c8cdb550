-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")

-- Each would leave a file `pwned`, run for ever or take all memory if it were
-- run; what is said of it, and where.
local HOSTILE = {
    { 'return { name = os.execute("touch pwned") }', "1:17" },
    { 'os.execute("touch pwned")\nreturn {}', "1:1" },
    { 'return (function() io.open("pwned", "w") end)()', "1:8" },
    { 'return { [io.open("pwned", "w")] = 1 }', "1:11" },
    { 'local x = {}\nreturn x', "1:1" },
    { "while true do end return {}", "1:1" },
    { 'return { description = ("x"):rep(1e9) }', "1:24" },
    { 'return { description = "x" .. "y" }', "1:28" },
    { "return setmetatable({}, { __index = _G })", "1:8" },
    { "return { version = #{} }", "1:20" },
    { "return {} os.exit(7)", "1:11" },
    { "\27LJ\2\0", "1:1" },
    { "return {" .. ("{"):rep(100000), "1:" },
    { "return { description = [==[ never ends ", "1:24" },
}

local function project(text)
    local folder = cli.folder()

    files.write(folder .. "/pandan.pkg.lua", text)

    return folder
end

describe("a manifest", function()
    it("is read and never run", function()
        for _, row in ipairs(HOSTILE) do
            local folder = project(row[1])

            for _, words in ipairs { "install", "list", "add rocks:a" } do
                local result = cli.run(words, { cwd = folder })

                assert.equal(2, result.code)
                assert.matches("^error%[P0101%]: ", result.stderr)
                assert.matches("--> pandan.pkg.lua:" .. row[2],
                    result.stderr, 1, true)
            end

            assert.is_false(files.exists(folder .. "/pwned"))
            assert.equal(row[1], files.read(folder .. "/pandan.pkg.lua"))
        end
    end)

    it("of a package is read in the same way", function()
        local folder = project('return { dependencies = { ["a/b"] = '
            .. '{ path = "b" } } }')

        files.write(folder .. "/b/pandan.pkg.lua",
            'return { name = "a/b", version = io.open("../pwned", "w") }')

        local result = cli.run("install", { cwd = folder })

        assert.equal(2, result.code)
        assert.matches("P0101", result.stderr)
        assert.is_false(files.exists(folder .. "/pwned"))
    end)

    it("that is far too large is refused before it is read", function()
        local folder = project("return {\n--" .. ("x"):rep(1024 * 1024)
            .. "\n}\n")
        local result = cli.run("list", { cwd = folder })

        assert.equal(2, result.code)
        assert.matches("P0101", result.stderr)
    end)
end)
