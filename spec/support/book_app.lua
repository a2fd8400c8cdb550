-- SPDX-License-Identifier: MIT
--- Pages of docs/book as an app: each block of code whose first line names a
--- file is that file.
local app = require("support.app")
local book = require("support.book")
local files = require("support.files")

local book_app = {}

local function add_files(page, found)
    for _, block in ipairs(book.blocks(page .. ".md", "lua")) do
        -- the comment stays, so that messages name the right line
        found[assert(block:match("^%-%- (%S+%.lua)\n"), block)] = block
    end

    for _, block in ipairs(book.blocks(page .. ".md", "html")) do
        local line, rest = block:match("^([^\n]*)\n?(.*)$")

        found[assert(line:match("^{# (%S+%.html) #}$"), line)] = rest
    end
end

---The files that the pages show.
---@param pages string[]  names of pages
---@return table<string, string>  path → text
function book_app.files(pages)
    local found = {}

    for _, page in ipairs(pages) do
        add_files(page, found)
    end
    return found
end

---Runs the specs that the pages show, by the command that `pandan test` runs.
---@param pages string[]  names of pages
---@param http? string    more of nginx.conf's http block
---@param variables? table<string, string>  of the environment
---@return string code    what the command ended with, and a line's end
---@return string output
function book_app.run(pages, http, variables)
    local found = book_app.files(pages)
    local server = app.start({
        env = "test", files = found, http = http, variables = variables,
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
    local code = server:get("/run-specs", { timeout = 60 }).body

    return code, files.read(server.dir .. "/output.log")
end

return book_app
