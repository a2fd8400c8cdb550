-- SPDX-License-Identifier: MIT
--- A server that speaks opm's protocol, and packages for it.
local files = require("support.files")
local nginx = require("support.nginx")
local shell = require("support.shell")

local opm = {}

-- A server as strict as opm's own: it lists nothing and redirects to the
-- highest version that fits one condition.
local SERVER = [[
location = /api/pkg/fetch {
    content_by_lua_block {
        local have = {
            ["acme/lua-resty-a"] = { "0.01", "0.02", "0.1" },
            ["acme/lua-resty-b"] = { "1.0", "1.0.1" },
        }
        local function runs(text)
            local list = {}
            for n in text:gmatch("%d+") do list[#list + 1] = tonumber(n) end
            return list
        end
        local function less(a, b)
            local x, y = runs(a), runs(b)
            for i = 1, math.max(#x, #y) do
                if (x[i] or -1) ~= (y[i] or -1) then
                    return (x[i] or -1) < (y[i] or -1)
                end
            end
            return false
        end
        local ops = {
            [""] = function() return true end,
            eq = function(v, w) return v == w end,
            ge = function(v, w) return not less(v, w) end,
            gt = function(v, w) return less(w, v) end,
        }
        local args = ngx.req.get_uri_args()
        local op = ops[args.op]
        if not op or not args.account or not args.name or not args.version
            or (args.op == "") ~= (args.version == "") then
            ngx.status = 400
            return ngx.print("bad request")
        end
        local best
        for _, v in ipairs(have[args.account .. "/" .. args.name] or {}) do
            if op(v, args.version) and (not best or less(best, v)) then
                best = v
            end
        end
        if not best then
            ngx.status = 404
            return ngx.print("package not found\n")
        end
        local file = args.name .. "-" .. best .. ".opm.tar.gz"
        local f = assert(io.open("FILES/" .. file, "rb"))
        local sum = ngx.md5(f:read("*a"))
        f:close()
        ngx.header["X-File-Checksum"] = BAD and sum:reverse()
            or sum:gsub("^(%x%x%x%x%x%x%x%x)", "%1-")
        return ngx.redirect("/api/pkg/tarball/" .. args.account .. "/" .. file)
    }
}
location ~ ^/api/pkg/tarball/acme/(.*)$ { alias FILES/$1; }
]]

---Makes a package in the folder that is served.
function opm.package(folder, name, version, requires)
    local top = name .. "-" .. version .. ".opm"
    local module = name:gsub("lua%-resty%-", "")

    files.write(folder .. "/" .. top .. "/dist.ini", ([[
name = %s
abstract = made for a spec
author = A. N. Other
account = acme
is_original = yes
license = mit
lib_dir = lib
doc_dir = lib
repo_link = https://example.com/%s
version = %s
%s]]):format(name, name, version,
        requires and "requires = " .. requires .. "\n" or ""))
    files.write(("%s/%s/lib/resty/%s.lua"):format(folder, top, module),
        ("return { _VERSION = %q }\n"):format(version))
    files.write(("%s/%s/resty.index"):format(folder, top), "")
    assert(shell.run(("tar czf %s.tar.gz %s"):format(top, top),
        { cwd = folder }).code == 0)
end

---@param folder string
---@param bad? boolean  tell wrong checksums
---@return table server
function opm.serve(folder, bad)
    local text = SERVER:gsub("FILES", folder):gsub("BAD", tostring(bad == true))

    return nginx.start { server = text }
end

return opm
