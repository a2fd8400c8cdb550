-- SPDX-License-Identifier: MIT
--- Runs a program under valgrind's memcheck, where `make valgrind` asks for
--- that, and tells what it found: each of its processes writes a file.
local files = require("support.files")
local paths = require("support.paths")
local shell = require("support.shell")

local valgrind = {}

---The words of a command, as they are or under memcheck.
---@param words string[]
---@param dir string  takes what is found
---@return string[]
function valgrind.wrap(words, dir)
    if not paths.valgrind then
        return words
    end

    local all = {
        "valgrind", "--quiet", "--vgdb=no", "--num-callers=24",
        "--suppressions=" .. paths.root .. "/spec/support/valgrind.supp",
        "--log-file=" .. dir .. "/valgrind.%p.log",
    }

    for _, word in ipairs(words) do
        all[#all + 1] = word
    end

    return all
end

---@param dir string
---@return string[] lines
function valgrind.findings(dir)
    local lines = {}

    if not paths.valgrind then
        return lines
    end

    local list = shell.run("ls -rt | grep '^valgrind\\..*\\.log$'",
        { cwd = dir })

    for name in list.stdout:gmatch("%S+") do
        local text = files.read(dir .. "/" .. name) or ""

        for line in text:gmatch("[^\n]+") do
            lines[#lines + 1] = line
        end
    end

    return lines
end

return valgrind
