-- SPDX-License-Identifier: MIT
--- Makes an app of what the book shows, and runs the specs that it shows, by
--- the command that `pandan test` runs.
local app = require("support.app")
local files = require("support.files")
local paths = require("support.paths")

local PAGES = { "routing", "controllers", "views", "sessions" }

-- Blocks of code whose first line names their file.
local function add_files(page, found)
    local text = assert(files.read(paths.root .. "/docs/book/" .. page
        .. ".md"))

    for block in text:gmatch("\n```%a+\n(.-\n)```") do
        local line, rest = block:match("^([^\n]*)\n(.*)$")
        local path = line:match("^%-%- (%S+%.lua)$")

        if path then
            -- the comment stays, so that messages name the right line
            found[path] = block
        else
            found[assert(line:match("^{# (%S+%.html) #}$"), line)] = rest
        end
    end
end

describe("the book", function()
    it("shows an app whose specs pass", function()
        local found = {}
        for _, page in ipairs(PAGES) do
            add_files(page, found)
        end

        local server = app.start({
            env = "test", files = found,
            server = [[
                location = /run-specs {
                    content_by_lua_block {
                        local code = require("pandan.command.test")({})
                        io.stdout:flush()
                        ngx.say(code)
                    }
                }
            ]],
        })
        local code = server:get("/run-specs").body
        local output = files.read(server.dir .. "/output.log")

        assert.equal("0\n", code, output)
        assert.matches("13 passed, 0 failed", output, 1, true)
    end)
end)
