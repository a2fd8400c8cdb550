-- sqlite:PATH or postgres://user:password@host:port/name
return {
<% if db = postgres %>
    default = env("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/<%= snake %>"),

    test = {
        default = env("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/<%= snake %>_test"),
    },
<% else %>
    default = env("DATABASE_URL", "sqlite:db/" .. ENV .. ".sqlite3"),
<% end %>
}
