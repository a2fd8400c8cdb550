-- TCP and UDP servers beside the pages, of application/services/NAME.lua.
-- listen: a port of the app's host, or "address:port". Others: timeout (60,
-- in seconds), certificate and key (files: the service speaks TLS).
return {
<% if udp %>
    <%= name %> = { listen = 7000, protocol = "udp" },
<% else %>
    <%= name %> = { listen = 7000 },
<% end %>
}
