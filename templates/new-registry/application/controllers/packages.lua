-- What `pandan publish` and `pandan yank` ask for.
local Token = LoadModel("token")
local registry = LoadLibrary("registry")

local PackagesController = {}

local function token_of(self)
    local token = Token.of(self.request:header("authorization"))

    if not token then
        self:abort(401, "a token is needed: `pandan login` keeps one")
    end
    return token
end

local function answer(self, ok, err, status)
    return self:json(ok and { ok = true } or { error = err }, status)
end

function PackagesController:publish()
    local token = token_of(self)
    local key, sig = self.query.key, self.query.sig
    local package = self.body[1]

    if type(package) ~= "string" then
        self:abort(422, "there is no package")
    end

    if key and not (key:find("^%x+$") and (sig or ""):find("^%x+$")) then
        self:abort(422, "key and sig are hexadecimal digits")
    end

    local ok, err, status = registry.add(token.owner, package, key, sig)

    return answer(self, ok, err, ok and 201 or status)
end

function PackagesController:yank()
    local token = token_of(self)
    local owner, name = self.params.owner, self.params.name

    if owner ~= token.owner then
        self:abort(403, owner .. "/" .. name .. " is not a package of '"
            .. token.owner .. "'")
    end

    if not self.params.version:find("^%d[%w.+-]*$") then
        self:abort(422, "that is no version")
    end

    local ok, err, status = registry.yank(owner .. "/" .. name,
        self.params.version, self.body[1] ~= "false")

    return answer(self, ok, err, ok and 200 or status)
end

return PackagesController
