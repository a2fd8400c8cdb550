-- SPDX-License-Identifier: MIT
local form = require("pandan.native").form

describe("an urlencoded form", function()
    it("decodes names and values", function()
        assert.same({ ["a b"] = "c/d é", x = "", y = "1=2" },
            form.decode("a+b=c%2Fd%20%C3%A9&x&y=1=2&&=z"))
    end)

    it("nests names as PHP does", function()
        assert.same({
            user = { name = "Ann", tags = { "x", "y" } }, q = "2",
        }, form.decode("user[name]=Ann&user[tags][]=x&user%5Btags%5D[]=y"
            .. "&q=1&q=2"))
    end)

    it("makes lists of numbered names, in order and without gaps", function()
        assert.same({ items = { { n = "a" }, { n = "b" }, { n = "c" } } },
            form.decode("items[10][n]=c&items[2][n]=b&items[0][n]=a"))
        assert.same({ m = { ["1"] = "a", x = "b" } },
            form.decode("m[1]=a&m[x]=b"))
    end)

    it("takes a name with wrong brackets as it stands", function()
        assert.same({ ["a[b"] = "1", ["[c]"] = "2", ["d]"] = "3" },
            form.decode("a[b=1&[c]=2&d]=3"))
    end)

    it("lets a later value replace an earlier one of another kind", function()
        assert.same({ a = { b = "2" } }, form.decode("a=1&a[b]=2"))
        assert.same({ a = "2" }, form.decode("a[b]=1&a=2"))
    end)

    it("can leave names alone", function()
        assert.same({ ["a[b]"] = "1" },
            form.decode("a[b]=1", { nested = false }))
    end)

    it("has limits that say what was too much", function()
        local function refused(text, options, message)
            local fields, err = form.decode(text, options)

            assert.is_nil(fields)
            assert.equal(message, err)
        end

        refused("a=1&b=2", { max_fields = 1 },
            "the form has too many fields")
        refused("a[b][c]=1", { max_depth = 2 },
            "a name in the form is nested too deep")
        refused("abcd=1", { max_name = 3 },
            "a name in the form is too long")
        refused("a" .. ("[x]"):rep(1000) .. "=1", { max_name = 10000 },
            "a name in the form is nested too deep")
    end)
end)
