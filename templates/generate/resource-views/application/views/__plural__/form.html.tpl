<% each columns %>
<% unless input = none %>
<% if input = checkbox %>
<div class="field check">
  <input type="hidden" name="<%= name %>" value="0">
  <input type="checkbox" id="<%= name %>" name="<%= name %>" value="1"{% local on = old("<%= name %>", <%= singular %>.<%= name %>) %}{% if on and on ~= "0" then %} checked{% end %}{% if errors("<%= name %>") then %} aria-invalid="true" aria-describedby="<%= name %>-error"{% end %}>
  <label for="<%= name %>"><%= label %></label>
<% else %>
<div class="field">
  <label for="<%= name %>"><%= label %></label>
<% if type = json %>
  <textarea id="<%= name %>" name="<%= name %>"<% if required %> required<% end %>{% if errors("<%= name %>") then %} aria-invalid="true" aria-describedby="<%= name %>-error"{% end %}>{{ old("<%= name %>", <%= singular %>.<%= name %> and json(<%= singular %>.<%= name %>)) }}</textarea>
<% else %>
<% if input = textarea %>
  <textarea id="<%= name %>" name="<%= name %>"<% if required %> required<% end %>{% if errors("<%= name %>") then %} aria-invalid="true" aria-describedby="<%= name %>-error"{% end %}>{{ old("<%= name %>", <%= singular %>.<%= name %>) }}</textarea>
<% else %>
  <input type="<%= input %>" id="<%= name %>" name="<%= name %>" value="{{ old("<%= name %>", <%= singular %>.<%= name %>) }}"<% if step %> step="<%= step %>"<% end %><% if type = string %> maxlength="255"<% end %><% if required %> required<% end %>{% if errors("<%= name %>") then %} aria-invalid="true" aria-describedby="<%= name %>-error"{% end %}>
<% end %>
<% end %>
<% end %>
  {% if errors("<%= name %>") then %}<p class="error" id="<%= name %>-error">{{ errors("<%= name %>") }}</p>{% end %}
</div>
<% end %>
<% end %>
