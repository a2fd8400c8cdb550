local t = require("pandan.test")

describe("the application", function()
    it("tells its name", function()
        local res = t.json("GET", "/")
        assert.equal(200, res.status)
        assert.equal("<%= name %>", res.body.name)
    end)
end)
