-- SPDX-License-Identifier: MIT
local json = require("pandan.json")
local ffi = require("ffi")

describe("pandan.json", function()
    local function same_after(text)
        local value, err = json.decode(text)

        assert.is_nil(err)
        assert.equal(text, json.encode(value, { sort = true }))
    end

    it("keeps empty arrays and empty objects apart", function()
        same_after("[]")
        same_after("{}")
        same_after('{"a":[],"b":{},"c":[[],{}]}')
    end)

    it("keeps null", function()
        same_after('{"a":null,"b":[null]}')
        assert.equal(json.null, json.decode("null"))
        assert.equal("null", json.encode(nil))
    end)

    it("encodes a list with holes as an array, a mixture as an object",
        function()
            assert.equal("[1,null,3]", json.encode({ 1, nil, 3 }))
            assert.equal('{"1":"a","x":"b"}',
                json.encode({ "a", x = "b" }, { sort = true }))
            assert.equal('{"1000000":1}', json.encode({ [1000000] = 1 }))
            assert.equal("[]", json.encode(json.array()))
            assert.equal("[]", json.encode(json.empty_array))
        end)

    it("keeps integers beyond 2^53 exact", function()
        same_after("[9007199254740993,-9223372036854775808]")
        same_after("18446744073709551615")
        assert.is_true(ffi.istype("int64_t", json.decode("9007199254740993")))
        assert.equal("9007199254740993",
            json.decode("9007199254740993", { big = "string" }))
        assert.equal(2 ^ 53,
            json.decode("9007199254740993", { big = "number" }))
        assert.equal(1e20, json.decode("100000000000000000000"))
    end)

    it("writes the shortest number that reads back", function()
        assert.equal("[0.1,1e+300,0.30000000000000004,-0,5e-324]",
            json.encode({ 0.1, 1e300, 0.1 + 0.2, -0.0, 5e-324 }))
    end)

    it("says where a text is wrong", function()
        local cases = {
            ["[1,\n 2 3]"] = "a comma or ] is missing at line 2 column 4",
            ['{"a":1,}'] = "a name in quotes is missing at line 1 column 8",
            ["[1] x"] = "nothing may follow the value at line 1 column 5",
            [""] = "a value is missing at line 1 column 1",
            ["[NaN]"] = "a value is missing at line 1 column 2",
            ['"\255"'] = "not UTF-8 at line 1 column 2",
        }

        for text, message in pairs(cases) do
            local value, err = json.decode(text)

            assert.is_nil(value)
            assert.equal(message, err)
        end
    end)

    it("limits the depth both ways", function()
        assert.is_nil(json.decode(("["):rep(129) .. ("]"):rep(129)))
        assert.is_table(json.decode(("["):rep(128) .. ("]"):rep(128)))
        assert.is_table(json.decode(("["):rep(1000) .. ("]"):rep(1000),
            { max_depth = 1000 }))

        local deep = {}
        for _ = 1, 200 do
            deep = { deep }
        end
        assert.is_nil(json.encode(deep))
    end)

    it("says which value it cannot encode", function()
        local cycle = {}
        cycle.list = { 1, { back = cycle } }

        local cases = {
            [{ a = { b = { 1, print } } }] = "a function at a.b[2]",
            [{ n = 0 / 0 }] = "a number that is not finite at n",
            [{ n = { 1 / 0 } }] = "a number that is not finite at n[1]",
            [{ s = "\255" }] = "a string that is not UTF-8 at s",
            [cycle] = "a table that contains itself at list[2].back",
            [{ [true] = 1 }] = "a key that is no string",
        }

        for value, message in pairs(cases) do
            local text, err = json.encode(value)

            assert.is_nil(text)
            assert.equal("cannot encode " .. message, err)
        end
    end)

    it("can be put into HTML", function()
        assert.equal([["\u003c/script\u003e\u0026\u2028"]],
            json.encode("</script>&\226\128\168", { html = true }))
        assert.equal('"</script>"', json.encode("</script>"))
    end)

    it("replaces what is not UTF-8 when told to", function()
        assert.equal('"a\239\191\189"',
            json.encode("a\255", { replace = true }))
    end)

    it("asks a metatable what a table is", function()
        local mt = {
            __tojson = function(self)
                return { inner = self.n }
            end,
        }

        assert.equal('[{"inner":1}]',
            json.encode({ setmetatable({ n = 1 }, mt) }))
        assert.equal("[1]", json.encode(setmetatable({ 1, x = 2 },
            { __jsontype = "array" })))
        assert.equal('{"1":5}', json.encode(setmetatable({ 5 },
            { __jsontype = "object" })))
    end)

    it("takes the last of equal names", function()
        assert.equal(2, json.decode('{"a":1,"a":2}').a)
    end)

    it("reads tables of any size", function()
        for _, n in ipairs({ 1, 31, 32, 33, 63, 64, 65, 1000 }) do
            local list, object = {}, {}
            for i = 1, n do
                list[i] = i
                object["k" .. i] = i
            end
            assert.same(list, json.decode(json.encode(list)))
            assert.same(object, json.decode(json.encode(object)))
        end
    end)
end)
