<% each columns %>
<% unless input = none %>
{% local wrong = errors("<%= name %>") %}
{% local mark = wrong[1] and ' aria-invalid="true" aria-describedby="<%= name %>-error"' or "" %}
<% if input = checkbox %>
<div class="field check">
  <input type="hidden" name="<%= name %>" value="0">
  {% local on = old("<%= name %>", <%= singular %>.<%= name %>) %}
  <input type="checkbox" id="<%= name %>" name="<%= name %>" value="1"{% if on and on ~= "0" then %} checked{% end %}{* mark *}>
  <label for="<%= name %>"><%= label %></label>
<% else %>
<div class="field">
  <label for="<%= name %>"><%= label %></label>
<% if type = json %>
  <textarea id="<%= name %>" name="<%= name %>"<% if required %> required<% end %>{* mark *}>{{ old("<%= name %>", <%= singular %>.<%= name %> and json(<%= singular %>.<%= name %>)) }}</textarea>
<% else %>
<% if input = textarea %>
  <textarea id="<%= name %>" name="<%= name %>"<% if required %> required<% end %>{* mark *}>{{ old("<%= name %>", <%= singular %>.<%= name %>) }}</textarea>
<% else %>
  <input type="<%= input %>" id="<%= name %>" name="<%= name %>" value="{{ old("<%= name %>", <%= singular %>.<%= name %>) }}"<% if step %> step="<%= step %>"<% end %><% if type = string %> maxlength="255"<% end %><% if required %> required<% end %>{* mark *}>
<% end %>
<% end %>
<% end %>
  {% if wrong[1] then %}<p class="error" id="<%= name %>-error"><%= label %> {{ table.concat(wrong, ", ") }}</p>{% end %}
</div>
<% end %>
<% end %>
