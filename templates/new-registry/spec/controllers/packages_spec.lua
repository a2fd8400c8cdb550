local t = require("pandan.test")

describe("publishing", function()
    it("needs a token", function()
        assert.equal(401, t.json("PUT", "/api/v1/packages", {}).status)
    end)

    it("needs a token for withdrawing, too", function()
        assert.equal(401, t.json("PUT",
            "/api/v1/packages/acme/menu/1.0.0/yanked", {}).status)
    end)
end)
