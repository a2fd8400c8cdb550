{% layout "main" %}
<h1>Edit <%= human %></h1>
<form action="{{ url("<%= plural %>.update", <%= singular %>) }}" method="post">
  {* method_field("PUT") *}{* csrf_field() *}
  {% include "<%= plural %>/form" %}
  <button>Save</button>
</form>
<p><a href="{{ url("<%= plural %>.show", <%= singular %>) }}">Back</a></p>
