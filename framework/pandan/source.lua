-- SPDX-License-Identifier: MIT
--- Compiles an app's files under names relative to the app, so that messages
--- are short, and whole: Lua cuts long paths.

local source = {}

---@param root string  the app's folder
---@param path string  below it
---@return function? chunk
---@return string? err
function source.load(root, path)
    local file, err = io.open(root .. "/" .. path, "rb")
    if not file then
        return nil, "cannot open '" .. path .. "': "
            .. tostring(err):match("([^:]*)$"):gsub("^%s+", "")
    end

    local text = file:read("*a")
    file:close()

    return loadstring(text, "@" .. path)
end

return source
