
stream {
    tcp_nodelay on;
    lua_check_client_abort on;
<% if include_stream %>
    include ../../config/nginx/stream/*.conf;
<% end %>
<% each services %>

    # application/services/<%= name %>.lua
    server {
        listen <%= listen %>;
        lua_socket_read_timeout <%= timeout %>s;
        lua_socket_send_timeout <%= timeout %>s;
<% if certificate %>
        ssl_certificate <%= certificate %>;
        ssl_certificate_key <%= key %>;
        ssl_handshake_timeout 10s;
<% end %>
        content_by_lua_block { require("pandan").serve("<%= name %>") }
    }
<% end %>
}
