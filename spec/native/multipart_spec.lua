-- SPDX-License-Identifier: MIT
local files = require("support.files")
local native = require("pandan.native")
local process = require("support.process")

local TYPE = "multipart/form-data; boundary=XX"

local function part(headers, data)
    return "--XX\r\nContent-Disposition: form-data; " .. headers
        .. "\r\n\r\n" .. data .. "\r\n"
end

local BODY = part('name="title"', "Hi\r\n--X")
    .. part('name="tags[]"', "a") .. part('name="tags[]"', "b")
    .. part('name="photo"; filename="C:\\me\\cat.png"\r\n'
        .. "Content-Type: image/png", "\137PNG\r\n\r\n--XY\0")
    .. part('name="more[0]"; filename="a.txt"', "")
    .. part('name="none"; filename=""', "") .. "--XX--\r\n"

describe("a multipart body", function()
    local folder

    before_each(function()
        folder = process.folder("pandan-multipart")
    end)

    after_each(function()
        files.remove(folder)
    end)

    local function parser(options)
        options = options or {}
        options.folder = folder
        return assert(native.multipart.new(TYPE, options))
    end

    local function left()
        return #native.fs.list(folder)
    end

    it("gives the same fields and files in pieces of any size", function()
        for size = 1, #BODY do
            local p = parser()

            for at = 1, #BODY, size do
                assert(p:feed(BODY:sub(at, at + size - 1)))
            end

            local fields, found, list = p:finish()

            assert.equal(2, #list)
            assert.equal(found.photo, list[1])
            assert.same({ title = "Hi\r\n--X", tags = { "a", "b" } }, fields)
            assert.equal("cat.png", found.photo.filename)
            assert.equal("image/png", found.photo.type)
            assert.equal(13, found.photo.size)
            assert.equal("\137PNG\r\n\r\n--XY\0", files.read(found.photo.path))
            assert.equal("a.txt", found.more[1].filename)
            assert.equal("", files.read(found.more[1].path))
            assert.is_nil(found.none)

            os.remove(found.photo.path)
            os.remove(found.more[1].path)
        end
        assert.equal(0, left())
    end)

    it("reads a body that lies in a file", function()
        files.write(folder .. "/body", BODY)

        local p = parser()
        assert(p:feed_file(folder .. "/body"))

        local fields, found = p:finish()
        assert.equal("Hi\r\n--X", fields.title)
        assert.equal(13, found.photo.size)

        assert.is_nil((parser():feed_file(folder .. "/missing")))
    end)

    it("leaves no file behind when it breaks off anywhere", function()
        for stop = 1, #BODY - 5 do
            local p = parser()
            p:feed(BODY:sub(1, stop))

            local fields, err = p:finish()
            assert.is_nil(fields)
            assert.matches("at byte %d+$", err)
        end
        assert.equal(0, left())
    end)

    it("removes its files when nobody finishes it", function()
        parser():feed(BODY)
        collectgarbage()
        collectgarbage()
        assert.equal(0, left())
    end)

    it("keeps files to their owner", function()
        local p = parser()
        p:feed(BODY)

        local _, found = p:finish()
        local handle = io.popen("stat -c %a '" .. found.photo.path .. "'")
        local mode = handle:read("*l")
        handle:close()
        assert.equal("600", mode)
    end)

    it("lets no name reach into a file's description", function()
        local p = parser()
        p:feed(part('name="f"; filename="a"', "1")
            .. part('name="f[path]"; filename="b"', "2") .. "--XX--")

        local _, found = p:finish()
        assert.equal("b", found.f.path.filename)
        assert.is_nil(found.f.filename)
    end)

    it("says what is malformed or too much", function()
        local cases = {
            { "--XX\r\nfoo\r\n\r\n", "a header of a part has no colon" },
            { part("x=y", ""), "a part has no name" },
            { "--XX\n", "a boundary line is malformed" },
            { part('name="a"', ("x"):rep(20)),
                "the fields of the form are too large", { max_value = 10 } },
            { part('name="a"; filename="f"', ("x"):rep(20)),
                "an uploaded file is too large", { max_file = 10 } },
            { part('name="a"; filename="f"', "x")
                .. part('name="a"; filename="f"', "x"),
                "the form has too many files", { max_files = 1 } },
            { part('name="a"', "") .. part('name="b"', ""),
                "the form has too many parts", { max_fields = 1 } },
            { part('name="a[b][c]"', ""),
                "a name in the form is nested too deep", { max_depth = 2 } },
        }

        for _, case in ipairs(cases) do
            local ok, err = parser(case[3]):feed(case[1] .. "--XX--")

            assert.is_nil(ok)
            assert.equal(case[2], err:match("^(.*) at byte %d+$"))
        end
        assert.equal(0, left())
    end)

    it("takes files only when there is a folder", function()
        local p = native.multipart.new(TYPE)
        local ok, err = p:feed(BODY)

        assert.is_nil(ok)
        assert.matches("^no files are taken here", err)
    end)

    it("refuses other types", function()
        local p, err = native.multipart.new("text/plain")

        assert.is_nil(p)
        assert.matches("not multipart/form%-data", err)
    end)
end)
