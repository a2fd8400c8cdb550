local <%= camel %>Controller = {}

<% each actions %>
function <%= camel %>Controller:<%= action %>()
<% if api %>
    return { action = "<%= action %>" }
<% else %>
    return self:view()
<% end %>
end

<% end %>
return <%= camel %>Controller
