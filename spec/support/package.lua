-- SPDX-License-Identifier: MIT
--- A package of our own: a project with a manifest and one module.
local files = require("support.files")

local package = {}

---@param root string  its folder, made anew
---@param name string  "acme/menu"
---@param text string  of the module, lua/menu.lua
---@param more? string  lines of the manifest
function package.write(root, name, version, text, more)
    files.remove(root)
    files.write(root .. "/pandan.pkg.lua", ([[
return {
    name = %q, version = %q, license = "MIT",
%s}
]]):format(name, version, more or ""))
    files.write(("%s/lua/%s.lua"):format(root, name:match("/(.*)")), text)
end

return package
