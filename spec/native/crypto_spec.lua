-- SPDX-License-Identifier: MIT
local native = require("pandan.native")
local crypto, escape = native.crypto, native.escape

local function hex(bytes)
    return (bytes:gsub(".", function(c)
        return ("%02x"):format(c:byte())
    end))
end

describe("native.crypto", function()
    it("opens what it sealed, with the same key and context only", function()
        local key = crypto.random(32)
        local sealed = crypto.seal(key, "secret", "cookie")

        assert.equal(6 + 28, #sealed)
        assert.equal("secret", crypto.open(key, sealed, "cookie"))
        assert.is_nil((crypto.open(key, sealed, "other")))
        assert.is_nil((crypto.open(crypto.random(32), sealed, "cookie")))
        assert.is_nil((crypto.open(key, sealed:sub(1, -2), "cookie")))
        assert.is_nil((crypto.open(key, "", "cookie")))
        assert.are_not.equal(sealed, crypto.seal(key, "secret", "cookie"))
    end)

    it("raises for a key of another length", function()
        assert.error_matches(function()
            crypto.seal("short", "x")
        end, "32 bytes")
    end)

    it("hashes and derives as the standards say", function()
        assert.equal("ba7816bf8f01cfea414140de5dae2223"
            .. "b00361a396177a9cb410ff61f20015ad", hex(crypto.sha256("abc")))
        assert.equal("5bdcc146bf60754e6a042426089575c7"
            .. "5a003f089d2739839dec58b964ec3843",
            hex(crypto.hmac("Jefe", "what do ya want for nothing?")))
        assert.equal(16, #crypto.hkdf("key", 16, "sessions"))
        assert.are_not.equal(crypto.hkdf("key", 16, "a"),
            crypto.hkdf("key", 16, "b"))
    end)

    it("lays one text over another, and takes it off again", function()
        local mask, text = crypto.random(40), crypto.random(40)

        assert.equal(text, crypto.xor(mask, crypto.xor(mask, text)))
        assert.equal("\0\3", crypto.xor("ab", "aa"))
        assert.equal("", crypto.xor("", ""))
        assert.has_error(function()
            crypto.xor("a", "ab")
        end)
    end)

    it("encodes base64 in both alphabets", function()
        for n = 0, 40 do
            local bytes = crypto.random(n)

            assert.equal(bytes, crypto.unbase64(crypto.base64(bytes)))
            assert.equal(bytes, crypto.unbase64url(crypto.base64url(bytes)))
            assert.is_nil(crypto.base64url(bytes):find("[^%w_-]"))
        end
        assert.is_nil((crypto.unbase64("a*==")))
    end)
end)

describe("native.escape", function()
    it("escapes HTML and leaves a clean text itself", function()
        assert.equal("&lt;a href=&quot;x&quot;&gt;&#39;&amp;",
            escape.html([[<a href="x">'&]]))
        assert.equal("plain é", escape.html("plain é"))
    end)

    it("escapes a component of a URL and undoes it", function()
        local every = {}
        for i = 0, 255 do
            every[i + 1] = string.char(i)
        end
        every = table.concat(every)

        assert.equal("a%20b%2F%C3%BC", escape.url("a b/ü"))
        assert.equal(every, escape.unurl(escape.url(every)))
    end)
end)
