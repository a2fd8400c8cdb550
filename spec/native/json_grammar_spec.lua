-- SPDX-License-Identifier: MIT
--- Texts at the edges of RFC 8259: each is taken, or refused, as it says.
local json = require("pandan.json")

local good = {
    "0", "-0", "-0.0", "1e1", "1E+1", "1e-1", "0e0", "0.5", "-1", "123.456e78",
    "1e-999", "true", "false", "null", '""', '" "', '"a"', " 1", "1 ",
    "\t\n\r 1\t\n\r ", "[]", "[ ]", "{}", "{ }", "[[]]", "[{}]", "[1,2]",
    "[ 1 , 2 ]", '{"a":1}', '{ "a" : 1 , "b" : 2 }', '{"":0}', '{"a":{}}',
    '{"a":1,"a":1}', '"\\u0000"', '"\\u00E9\\u00e9"', '"\\uD834\\uDD1E"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\127"', '"\226\130\172"',
    '"\240\159\152\128"', '"\237\159\191"', '"\238\128\128"',
    '"\244\143\191\191"', '"\194\128"', '"/"', '"\\\\u0041"',
    "[null,1,\"1\",{}]", "\239\187\191[]", "100000000000000000000000",
    "0.00000000000000000000000000000000000001", '["\\u2028"]',
}

local bad = {
    "", " ", "\239\187\191", ",", "]", "}", ":", "[", "{", '"', "[,", "[1,",
    "[,1]", "[1,,2]", "[1 2]", "[1}", "{]", "{,}", '{"a"}', '{"a":}',
    '{"a",1}', '{"a":1', '{"a":1,}', '{"a":1,,"b":2}', '{"a" 1}', "{a:1}",
    "{'a':1}", "{1:1}", "{null:1}", '{"a":1}}', "[]]", "[][]", "1 2", "1,",
    "+1", "01", "-01", "-", "--1", "1.", ".1", "1.e1", "1e", "1e+", "1e1.5",
    "0x1", "1_000", "1a", "NaN", "Infinity", "-Infinity", "nan", "inf",
    "True", "TRUE", "nul", "nulll", "truefalse", "tru", "f", "undefined",
    "'a'", '"a', 'a"', '"\\', '"\\"', '"\\x41"', '"\\0"', '"\\a"', '"\\u"',
    '"\\u123"', '"\\u12G4"', '"\\U0041"', '"\\uD800"', '"\\uD800x"',
    '"\\uD800\\n"', '"\\uD800\\u0041"', '"\\uD800\\uD800"', '"\\uDC00"',
    '"\\uDD1E\\uD834"', '"\n"', '"\t"', '"\0"', '"\31"', '"\128"', '"\192\128"',
    '"\193\191"', '"\224\159\191"', '"\237\160\128"', '"\240\143\191\191"',
    '"\244\144\128\128"', '"\245\128\128\128"', '"\226\130"', '"\226"',
    '"\255"', '"\254"', "\255", "[\0]", "1\0", "\f1", "\v1", "\194\1601",
    "/* c */1", "1// c", "#", "[1]x", "\239\187\1911\239\187\191", "1e400",
    "-1e400", "\255\254[\0]\0", "<null>", "[\"a\",\n4\n,1,", "[-]", "[1.]",
    "{\"a\":\"b\"}#", "[\"\\u00A\"]", "\\u0041", "[a", "[\"a\"", "[1e]",
}

describe("the grammar of JSON", function()
    it("takes every good text", function()
        for _, text in ipairs(good) do
            local _, err = json.decode(text)

            assert.is_nil(err, ("%q: %s"):format(text, tostring(err)))
        end
    end)

    it("refuses every bad text", function()
        for _, text in ipairs(bad) do
            local value, err = json.decode(text)

            assert.is_nil(value, ("%q was taken"):format(text))
            assert.is_string(err)
        end
    end)

    it("refuses every good text that is cut short inside of brackets",
        function()
            local text = '{"a":[1,-2.5e3,"x\\u00e9",true,null,{"b":{}}]}'

            for i = 1, #text - 1 do
                assert.is_nil((json.decode(text:sub(1, i))))
            end
        end)
end)
