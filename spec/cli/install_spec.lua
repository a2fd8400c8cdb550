-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local files = require("support.files")
local paths = require("support.paths")
local shell = require("support.shell")

-- An installation is moved before it is used, so that nothing of the tree
-- that it came from can be found by accident.
describe("an installed pandan", function()
    local folder = cli.folder()
    local prefix = folder .. "/moved"
    local program = prefix .. "/bin/pandan"

    local function make(words)
        local result = shell.run(("make -C %s -s %s BUILD=%s PREFIX=%s/usr")
            :format(shell.quote(paths.root), words, shell.quote(paths.build),
                shell.quote(folder)))

        assert(result.code == 0, result.stdout .. result.stderr)
    end

    setup(function()
        make("install")
        assert(os.rename(folder .. "/usr", prefix))
    end)

    it("names modules of its own", function()
        local result = cli.run("modules", { program = program })

        assert.equal(0, result.code)
        for path in result.stdout:gmatch("[^\n]+") do
            assert.equal(prefix, path:sub(1, #prefix))
            assert.is_true(files.exists(path))
        end
    end)

    it("makes an app, migrates it and passes its specs", function()
        for _, step in ipairs({
            "new blog",
            "generate resource post title:string",
            "db migrate",
            "test",
        }) do
            local result = cli.run(step, {
                program = program,
                cwd = step == "new blog" and folder or folder .. "/blog",
            })

            assert.equal(0, result.code, step .. "\n" .. result.stdout
                .. result.stderr)
        end
    end)

    it("is removed without a trace", function()
        assert(os.rename(prefix, folder .. "/usr"))
        make("uninstall")
        assert.equal("", shell.run("find . -type f -o -type l",
            { cwd = folder .. "/usr" }).stdout)
    end)
end)
