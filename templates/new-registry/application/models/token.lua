-- Who may publish which owner's packages; tokens themselves are not kept.
local crypto = require("pandan.native").crypto

local Token = Model("tokens")

Token.accepts = { "owner", "hash" }
Token.rules = { owner = "required|max:80" }
Token.hidden = { "hash" }

local function hash(text)
    return crypto.base64url(crypto.sha256(text))
end

---A new one; the text is told this once.
function Token.make(owner)
    local text = crypto.base64url(crypto.random(32))

    Token:create({ owner = owner, hash = hash(text) })
    return text
end

---The token of `Authorization: Bearer TEXT`, or nil.
function Token.of(header)
    local text = (header or ""):match("^Bearer ([%w_-]+)$")

    return text and Token:where("hash", hash(text)):first()
end

return Token
