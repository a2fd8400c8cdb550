local t = require("pandan.test")

describe("<%= name %>", function()
<% each actions %>
    it("answers <%= action %>", function()
        assert.equal(200, t.get("<%= route %>").status)
    end)
<% unless last %>

<% end %>
<% end %>
end)
