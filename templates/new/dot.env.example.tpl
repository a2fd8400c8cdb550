# Settings of one machine. 'pandan setup' makes .env, which is not for version
# control, of .env.example, which is, and gives it a key of its own.
APP_KEY=
<% if db = postgres %>
DATABASE_URL=postgres://postgres@127.0.0.1:5432/<%= snake %>
<% end %>
<% if db = mysql %>
DATABASE_URL=mysql://root@127.0.0.1:3306/<%= snake %>
<% end %>
