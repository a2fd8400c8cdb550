-- SPDX-License-Identifier: MIT
--- Headers that keep browsers careful. config/application.lua may change one
--- (`security_headers = { ["X-Frame-Options"] = "SAMEORIGIN" }`) or take it
--- away (`= false`).

local defaults = {
    ["X-Content-Type-Options"] = "nosniff",
    ["X-Frame-Options"] = "DENY",
    ["Referrer-Policy"] = "strict-origin-when-cross-origin",
    ["Cross-Origin-Opener-Policy"] = "same-origin",
    ["Content-Security-Policy"] = "default-src 'self'; img-src 'self' data:; "
        .. "style-src 'self' 'unsafe-inline'; object-src 'none'; "
        .. "base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
}

local security_headers = {}

---@param changes? table<string, string|false>
---@return table<string, string>
function security_headers.with(changes)
    local all = {}

    for name, value in pairs(defaults) do
        all[name] = value
    end
    for name, value in pairs(changes or {}) do
        all[name] = value or nil
    end
    return all
end

return security_headers
