local t = require("pandan.test")

describe("the welcome page", function()
    it("is shown", function()
        local res = t.get("/")
        assert.equal(200, res.status)
        assert.matches("<h1>", res.body)
    end)
end)
