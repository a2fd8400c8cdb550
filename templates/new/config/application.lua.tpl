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
<% if registry %>
    body_limit = "64m",

    -- `pandan registry init pub --keys keys` makes these; keep keys/root.key
    -- elsewhere, it is needed for `rotate` only.
    registry = { folder = "pub", keys = "keys", pandan = env("PANDAN", "pandan") },
<% else %>
    body_limit = "8m",
<% end %>
}
