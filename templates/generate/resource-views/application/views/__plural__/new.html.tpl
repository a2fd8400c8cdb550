{% layout "main" %}
<h1>New <%= human %></h1>
<form action="{{ url("<%= plural %>.create") }}" method="post">
  {* csrf_field() *}
  {% include "<%= plural %>/form" %}
  <button>Create</button>
</form>
<p><a href="{{ url("<%= plural %>.index") }}">All <%= titles %></a></p>
