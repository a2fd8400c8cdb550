# Secrets of this machine: not for version control.
APP_KEY=<%= key %>
<% if db = postgres %>
DATABASE_URL=postgres://postgres@127.0.0.1:5432/<%= snake %>
<% end %>
<% if db = mysql %>
DATABASE_URL=mysql://root@127.0.0.1:3306/<%= snake %>
<% end %>
