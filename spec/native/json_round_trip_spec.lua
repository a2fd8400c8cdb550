-- SPDX-License-Identifier: MIT
local json = require("pandan.json")

local seed = tonumber(os.getenv("SEED")) or os.time()

local function random_text()
    local pieces = {
        "a", "plain text", '"', "\\", "\n", "\t", "/", "\1", "\127", "é", "€",
        "😀", "</script>", "\226\128\168", " ", "1",
    }
    local out = {}

    for i = 1, math.random(0, 12) do
        out[i] = pieces[math.random(#pieces)]
    end
    return table.concat(out)
end

local function random_number()
    local kind = math.random(4)

    if kind == 1 then
        return math.random(-1000, 1000)
    elseif kind == 2 then
        return math.random(-100000, 100000) / 100
    elseif kind == 3 then
        return math.random() * 10 ^ math.random(-300, 300)
    end
    return math.random(-2 ^ 31, 2 ^ 31 - 1) * 2 ^ 20 + math.random(0, 2 ^ 20)
end

local function random_value(depth)
    local kind = math.random(depth > 5 and 4 or 7)

    if kind == 1 then
        return random_text()
    elseif kind == 2 then
        return random_number()
    elseif kind == 3 then
        return math.random(2) == 1
    elseif kind == 4 then
        return json.null
    end

    local value = {}
    local n = math.random(0, 5)

    if kind == 5 then
        for i = 1, n do
            value[i] = random_value(depth + 1)
        end
        return json.array(value)
    end

    for _ = 1, n do
        value["k" .. random_text()] = random_value(depth + 1)
    end
    return value
end

describe("a random value", function()
    it("survives encoding and decoding, seed " .. seed, function()
        math.randomseed(seed)

        for _ = 1, 2000 do
            local text = assert(json.encode(random_value(0), { sort = true }))
            local value, err = json.decode(text)

            assert.is_nil(err)
            assert.equal(text, json.encode(value, { sort = true }))
            assert.equal(json.encode(value, { sort = true, html = true }),
                json.encode(json.decode(json.encode(value, { html = true })),
                    { sort = true, html = true }))
        end
    end)

    it("is an error or the same when its text is damaged, seed " .. seed,
        function()
            math.randomseed(seed)

            for _ = 1, 2000 do
                local text = json.encode(random_value(0))
                local at = math.random(#text)
                local broken = text:sub(1, at - 1)
                    .. string.char(math.random(0, 255)) .. text:sub(at + 1)
                local value, err = json.decode(broken)

                if err then
                    assert.is_nil(value)
                    assert.matches("at line %d+ column %d+$", err)
                else
                    assert.is_string(json.encode(value))
                end
            end
        end)
end)
