-- pandan run bin/token.lua OWNER: a token that publishes OWNER's packages.
local owner = ...

if not owner or not owner:find("^[%w_][%w._-]*$") then
    io.stderr:write("usage: pandan run bin/token.lua OWNER\n")
    return 2
end

print(LoadModel("token").make(owner))
