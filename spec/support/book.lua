-- SPDX-License-Identifier: MIT
--- The examples of the book for users, docs/book/*.md.
local files = require("support.files")
local paths = require("support.paths")

local book = {}

---The blocks of code of a page, in order.
---@param page string  "models.md"
---@param language? string  "lua"
---@return string[]
function book.blocks(page, language)
    local text = assert(files.read(paths.root .. "/docs/book/" .. page))
    local list = {}

    for code in text:gmatch("\n```" .. (language or "lua") .. "\n(.-)\n```")
    do
        list[#list + 1] = code
    end
    return list
end

return book
