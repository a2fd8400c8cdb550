{% layout "main" %}
<h1><%= titles %></h1>
<p><a class="button" href="{{ url("<%= plural %>.new") }}">New <%= human %></a></p>
{% if #<%= plural %> == 0 then %}
<p>There are none yet.</p>
{% else %}
<div class="table">
<table>
  <thead>
    <tr>
<% if label = id %>
      <th scope="col">Number</th>
<% end %>
<% each columns %>
<% unless input = textarea %>
<% unless input = none %>
      <th scope="col"><%= label %></th>
<% end %>
<% end %>
<% end %>
    </tr>
  </thead>
  <tbody>
    {% for _, <%= singular %> in ipairs(<%= plural %>) do %}
    <tr>
<% if label = id %>
      <td><a href="{{ url("<%= plural %>.show", <%= singular %>) }}">{{ <%= singular %>.id }}</a></td>
<% end %>
<% each columns %>
<% unless input = textarea %>
<% unless input = none %>
<% if title %>
      <td><a href="{{ url("<%= plural %>.show", <%= singular %>) }}">{{ <%= singular %>.<%= name %> }}</a></td>
<% else %>
<% if input = checkbox %>
      <td>{{ <%= singular %>.<%= name %> and "Yes" or "No" }}</td>
<% else %>
      <td>{{ <%= singular %>.<%= name %> }}</td>
<% end %>
<% end %>
<% end %>
<% end %>
<% end %>
    </tr>
    {% end %}
  </tbody>
</table>
</div>
{* <%= plural %>:links() *}
{% end %}
