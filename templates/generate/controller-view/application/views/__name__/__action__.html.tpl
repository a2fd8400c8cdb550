{% layout "main" %}
<h1><%= action %></h1>
<p>This is <code>application/views/<%= name %>/<%= action %>.html</code>.</p>
