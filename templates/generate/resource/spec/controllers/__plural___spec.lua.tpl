local t = require("pandan.test")

local function <%= singular %>()
    return {
<% each columns %>
<% unless form = nil %>
        <%= name %> = <%= form %>,
<% end %>
<% end %>
    }
end

local function create()
    local res = t.json("POST", "/<%= plural %>", <%= singular %>())
    assert.equal(201, res.status)
    return res.body
end

describe("<%= plural %>", function()
    t.database()

<% unless api %>
    it("lists them", function()
        create()
        assert.equal(200, t.get("/<%= plural %>").status)
    end)

    it("shows the form of a new one", function()
        assert.equal(200, t.get("/<%= plural %>/new").status)
    end)

    it("creates one from the form", function()
        local res = t.post("/<%= plural %>", <%= singular %>())
        assert.equal(303, res.status)
<% if label = id %>
<% else %>
        t.assert_has("<%= plural %>", { <%= label %> = <%= singular %>().<%= label %> })
<% end %>
    end)

    it("shows one, and the form to edit it", function()
        local id = create().id
        assert.equal(200, t.get("/<%= plural %>/" .. id).status)
        assert.equal(200, t.get("/<%= plural %>/" .. id .. "/edit").status)
    end)

<% if label = id %>
<% else %>
    it("saves the form", function()
        local id = create().id
        local input = <%= singular %>()
        input.<%= label %> = "Changed"

        assert.equal(303, t.put("/<%= plural %>/" .. id, input).status)
        t.assert_has("<%= plural %>", { id = id, <%= label %> = "Changed" })
    end)

<% end %>
    it("deletes one by its button", function()
        local id = create().id
        local res = t.delete("/<%= plural %>/" .. id)
        assert.equal(303, res.status)
        assert.equal(404, t.get("/<%= plural %>/" .. id).status)
    end)

<% end %>
    it("answers JSON", function()
        local made = create()
        local res = t.json("GET", "/<%= plural %>/" .. made.id)
        assert.equal(200, res.status)
        assert.equal(made.id, res.body.id)
<% if label = id %>
<% else %>
        assert.equal(<%= singular %>().<%= label %>, res.body.<%= label %>)
<% end %>
        assert.equal(1, #t.json("GET", "/<%= plural %>").body)
    end)

    it("updates and deletes by JSON", function()
        local path = "/<%= plural %>/" .. create().id
        assert.equal(200, t.json("PUT", path, <%= singular %>()).status)
        assert.equal(204, t.json("DELETE", path).status)
        assert.equal(404, t.json("GET", path).status)
    end)
<% if label = id %>
<% else %>

    it("refuses what is not complete", function()
        local input = <%= singular %>()
        input.<%= label %> = ""

        local res = t.json("POST", "/<%= plural %>", input)
        assert.equal(422, res.status)
        assert.is_table(res.body.errors.<%= label %>)
    end)
<% end %>
end)
