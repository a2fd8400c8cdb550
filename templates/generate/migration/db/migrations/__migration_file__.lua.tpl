return function(schema)
<% if kind = create %>
    schema:create("<%= table %>", function(t)
        t:id()
<% each columns %>
        <%= schema %>
<% end %>
        t:timestamps()
    end)
<% end %>
<% if kind = add %>
<% each columns %>
    schema:add_column("<%= table %>", <%= add %>)
<% end %>
<% end %>
<% if kind = remove %>
<% each columns %>
    schema:drop_column("<%= table %>", <%= add %>)
<% end %>
<% end %>
end
