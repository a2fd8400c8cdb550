-- SPDX-License-Identifier: MIT
--- Rows for the package manager: installing 127 rocks of pure Lua from an
--- nginx on loopback, next to Debian's luarocks; choosing among 1,000 packages
--- of 20 versions; starting a command that needs no network. Both install
--- into memory: on a disk, folders that were just removed cost the kernel more
--- time than either of the two.
local cleanup = require("support.cleanup")
local files = require("support.files")
local measure = require("measure")
local paths = require("support.paths")
local process = require("support.process")
local rocks = require("support.rocks")
local shell = require("support.shell")

local packages = {}

local MEMORY = "/dev/shm"
local ROCKS = 127
local STARTS = 200

---Runs a command again and again, without a shell between.
---@param project table  in whose folder, and as whose user
---@param command string
---@param options table  runs, prepare: a command before each run
---@return table  { median, least, cpu }, in milliseconds
local function run(project, command, options)
    local out = project.home .. "/times.json"
    local words = { "hyperfine", "-N", "--runs", tostring(options.runs),
        "--export-json", out, shell.quote(command) }

    if options.prepare then
        words[#words + 1] = "--prepare " .. shell.quote(options.prepare)
    else
        words[#words + 1] = "--warmup 10"
    end

    local result = shell.run(table.concat(words, " "), { cwd = project.root,
        env = project:env(), timeout = 600 })

    assert(result.code == 0, result.stdout .. result.stderr)

    local text = files.read(out)

    local function number(name)
        return tonumber(text:match('"' .. name .. '": ([%d.e-]+)')) * 1000
    end

    return { median = number("median"), least = number("min"),
        cpu = number("user") + number("system") }
end

local function say(name, what, times, base)
    io.stdout:write(("%-10s %-24s %9.2f ms, least %.2f ms, CPU %.2f ms%s\n")
        :format(name, what, times.median, times.least, times.cpu,
        base and ("; luarocks to it %.0f"):format(base.median / times.median)
            or ""))
    io.stdout:flush()
end

---A project, and a user, that no disk is behind.
local function in_memory(server, dependencies)
    local project = rocks.project(server, dependencies)
    local memory = MEMORY .. "/pandan-bench-" .. process.id()

    if not os.rename(MEMORY, MEMORY) then
        return project
    end

    files.write(memory .. "/project/pandan.pkg.lua",
        project:read("pandan.pkg.lua"))
    project.home, project.root = memory, memory .. "/project"
    cleanup.add(function()
        files.remove(memory)
    end)

    return project
end

--- Cold: nothing in the store, no lock. Warm: a lock, and a store that has
--- what an earlier install put there. luarocks keeps nothing either way.
local function measure_install(rounds)
    local server = rocks.serve()

    server:add_tree(ROCKS)

    local project = in_memory(server, { ["rocks:part1"] = ">= 1.0" })
    local peer = run(project, ("luarocks --tree %s/tree --lua-version=5.1 "
        .. "--only-server=%s install part1"):format(project.home, server.url),
        { runs = 2, prepare = ("rm -rf %s/tree"):format(project.home) })

    say("rocks", "luarocks 3.8", peer)

    say("rocks", "Pandan, cold", run(project, paths.pandan .. " install", {
        runs = 2 * rounds,
        prepare = ("rm -rf %s/.local %s/.cache lua_modules pandan.lock")
            :format(project.home, project.home),
    }), peer)

    say("rocks", "Pandan, warm with lock", run(project, paths.pandan
        .. " install --locked", {
        runs = 4 * rounds, prepare = "rm -rf lua_modules",
    }), peer)

    local _, count = project:modules():gsub("\n", "")

    assert(count == 2 * ROCKS, "not all modules were installed")
end

local function measure_resolve()
    local result = shell.run(paths.build .. "/bench/resolve")
    local times, most = {}, 0

    assert(result.code == 0, result.stdout .. result.stderr)

    for took, memory in result.stdout:gmatch("([%d.]+) ms ([%d.]+) MB\n") do
        times[#times + 1] = tonumber(took)
        most = math.max(most, tonumber(memory))
    end

    table.sort(times)
    io.stdout:write(("%-10s 1000 packages of 20 versions, %d universes: "
        .. "median %.1f ms, worst %.1f ms of CPU, %.1f MB\n"):format("resolve",
        #times, measure.median(times), times[#times], most))
end

local function measure_start()
    local project = rocks.project(nil, {})

    project:ok("lock")

    for _, words in ipairs { "version", "list", "path", "explain P0301" } do
        say("start", "pandan " .. words, run(project, paths.pandan .. " "
            .. words, { runs = STARTS }))
    end
end

packages.rows = {
    { name = "rocks", measure = measure_install },
    { name = "resolve", measure = measure_resolve },
    { name = "start", measure = measure_start },
}

return packages
