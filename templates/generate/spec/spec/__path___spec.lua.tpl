local t = require("pandan.test")

describe("<%= human %>", function()
    it("answers", function()
        assert.equal(200, t.get("/").status)
    end)
end)
