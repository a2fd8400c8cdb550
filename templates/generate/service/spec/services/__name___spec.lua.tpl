local t = require("pandan.test")

describe("<%= name %>", function()
    it("answers", function()
<% if udp %>
        local client = t.service("<%= name %>")

        client:send("hello")
        assert.equal("hello", client:receive())
<% else %>
        local client = t.service("<%= name %>")

        client:send("hello\n")
        assert.equal("hello", client:receive())
        client:close()
<% end %>
    end)
end)
