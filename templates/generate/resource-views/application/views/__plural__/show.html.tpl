{% layout "main" %}
<% if label = id %>
<h1><%= title %> {{ <%= singular %>.id }}</h1>
<% else %>
<h1>{{ <%= singular %>.<%= label %> }}</h1>
<% end %>
<dl>
<% each columns %>
<% unless title %>
<% unless input = none %>
  <dt><%= label %></dt>
<% if input = checkbox %>
  <dd>{{ <%= singular %>.<%= name %> and "Yes" or "No" }}</dd>
<% else %>
<% if type = json %>
  <dd>{{ json(<%= singular %>.<%= name %>) }}</dd>
<% else %>
  <dd>{{ <%= singular %>.<%= name %> }}</dd>
<% end %>
<% end %>
<% end %>
<% end %>
<% end %>
</dl>
<div class="actions">
  <a class="button" href="{{ url("<%= plural %>.edit", <%= singular %>) }}">Edit</a>
  <form action="{{ url("<%= plural %>.delete", <%= singular %>) }}" method="post">
    {* method_field("DELETE") *}{* csrf_field() *}
    <button class="danger">Delete</button>
  </form>
  <a href="{{ url("<%= plural %>.index") }}">All <%= titles %></a>
</div>
