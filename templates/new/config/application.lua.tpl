-- Where and how the application is served. A table named after an environment
-- (development, test, production) is laid over the rest in that one.
return {
    name = "<%= name %>",
<% if api %>
    api = true,
<% end %>
    host = env("HOST", "127.0.0.1"),
    port = tonumber(env("PORT", 8080)),
    workers = "auto",
    body_limit = "8m",
}
