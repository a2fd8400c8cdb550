-- sqlite:PATH, or postgres:// or mysql://user:password@host:port/name
return {
<% if db = postgres %>
    default = env("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/<%= snake %>"),

    test = {
        default = env("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/<%= snake %>_test"),
    },
<% end %>
<% if db = mysql %>
    default = env("DATABASE_URL", "mysql://root@127.0.0.1:3306/<%= snake %>"),

    test = {
        default = env("TEST_DATABASE_URL", "mysql://root@127.0.0.1:3306/<%= snake %>_test"),
    },
<% end %>
<% if db = sqlite %>
    default = env("DATABASE_URL", "sqlite:db/" .. ENV .. ".sqlite3"),
<% end %>
}
