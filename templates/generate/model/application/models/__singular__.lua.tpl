local <%= Model %> = Model("<%= plural %>")

<%= Model %>.accepts = {<% each columns %><% unless input = none %> "<%= name %>"<% unless last %>,<% end %><% end %><% end %> }
<%= Model %>.rules = {
<% each columns %>
<% unless input = none %>
    <%= name %> = "<%= rule %>",
<% end %>
<% end %>
}
<%= Model %>.casts = {
<% each columns %>
<% if cast %>
    <%= name %> = "<%= cast %>",
<% end %>
<% end %>
}

return <%= Model %>
