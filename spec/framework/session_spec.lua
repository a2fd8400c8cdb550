-- SPDX-License-Identifier: MIT
local native = require("pandan.native")
local response_class = require("pandan.response")
local sessions = require("pandan.session")

local KEY = native.crypto.base64(("k"):rep(32))
local OTHER = native.crypto.base64(("o"):rep(32))

local function store(values, settings)
    return sessions.new(settings or {}, function(name)
        return values[name]
    end)
end

local function cookie_of(response)
    local lines = response.headers["Set-Cookie"]
    return lines and lines[1]:match("^pandan_session=([^;]*)")
end

-- What the browser gets after `fn(session)`; nil: no cookie.
local function after(all, text, fn)
    local request = { cookies = { pandan_session = text }, scheme = "http" }
    local response = response_class.new(request)

    request.session = all:read(request)
    fn(request.session)
    all:write(request, response)
    return cookie_of(response)
end

local function read(all, text)
    return all:read({ cookies = { pandan_session = text } })
end

describe("a session", function()
    it("comes back as it was", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session.user = { id = 7, name = "ä" }
        end)

        assert.same({ id = 7, name = "ä" }, read(all, text).user)
        assert.is_nil(text:find("7", 1, true) and text:find("user", 1, true))
    end)

    it("sends no cookie when nobody wrote to it", function()
        local all = store({ APP_KEY = KEY })

        assert.is_nil(after(all, nil, function(session)
            return session.user
        end))
    end)

    it("notices a change within a value", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session.cart = { 1 }
        end)

        assert.is_nil(after(all, text, function(session)
            return session.cart[1]
        end))
        text = after(all, text, function(session)
            table.insert(session.cart, 2)
        end)
        assert.same({ 1, 2 }, read(all, text).cart)
    end)

    it("is empty when a byte was changed", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session.user = 7
        end)
        local at = math.floor(#text / 2)
        local other = text:sub(at, at) == "A" and "B" or "A"

        assert.is_nil(read(all, text:sub(1, at - 1) .. other
            .. text:sub(at + 1)).user)
        assert.is_nil(read(all, "rubbish").user)
        assert.is_nil(read(all, "").user)
    end)

    it("is read with a previous key", function()
        local text = after(store({ APP_KEY = KEY }), nil, function(session)
            session.user = 7
        end)

        assert.is_nil(read(store({ APP_KEY = OTHER }), text).user)
        assert.equal(7, read(store({
            APP_KEY = OTHER, APP_PREVIOUS_KEYS = KEY,
        }), text).user)
    end)

    it("ends with its lifetime", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session.user = 7
        end)

        all.lifetime = -1
        assert.is_nil(read(all, text).user)
    end)

    it("removes its cookie when it is destroyed", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session.user = 7
        end)

        assert.equal("", after(all, text, function(session)
            session:destroy()
        end))
    end)

    it("removes its cookie from the path that it has", function()
        local all = store({ APP_KEY = KEY })
        all.cookie = { path = "/admin", max_age = 60 }
        local text = after(all, nil, function(session)
            session.user = 7
        end)
        local request = { cookies = { pandan_session = text },
            scheme = "http" }
        local response = response_class.new(request)

        request.session = all:read(request)
        request.session:destroy()
        all:write(request, response)
        assert.matches("Path=/admin; .*Max%-Age=0",
            response.headers["Set-Cookie"][1])
    end)

    it("keeps fields of any name", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session.data, session.page, session.seen = 1, 2, 3
            session.born = 4
        end)
        local session = read(all, text)

        session:taken()
        assert.same({ 1, 2, 3, 4 }, { session.data, session.page,
            session.seen, session.born })
    end)

    it("begins anew at a sign-in, with what it keeps", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session.user, session._csrf = 7, "old"
        end)

        text = after(all, text, function(session)
            session:regenerate()
        end)
        assert.equal(7, read(all, text).user)
        assert.is_nil(read(all, text)._csrf)
    end)

    it("gives flash texts to one page", function()
        local all = store({ APP_KEY = KEY })
        local text = after(all, nil, function(session)
            session:put_flash("notice", "Saved.")
        end)

        local session = read(all, text)
        assert.equal("Saved.", session:taken().flash.notice)
        assert.is_nil(rawget(session, "_data")._flash)
    end)

    it("refuses to grow beyond a cookie", function()
        local all = store({ APP_KEY = KEY })

        assert.error_matches(function()
            after(all, nil, function(session)
                session.big = ("x"):rep(5000)
            end)
        end, "too large for a cookie")
    end)

    it("wants a real key", function()
        assert.error_matches(function()
            store({ APP_KEY = "short" })
        end, "APP_KEY must be 32 random bytes")
    end)
end)
