{% layout "main" %}
<h1><%= title %></h1>
