# Rendered by pandan from config/ for <%= env %>: changes here are lost.
# Your own lines go into config/nginx/{main,http,server}/*.conf.
<%= load_modules %>
<% if user %>
user <%= user %>;
<% end %>
daemon <%= daemon %>;
worker_processes <%= workers %>;
worker_rlimit_nofile <%= files %>;
worker_shutdown_timeout <%= shutdown %>;
pid <%= folder %>/nginx.pid;
error_log <%= error_log %> <%= log_level %>;
pcre_jit on;
pandan_db_threads 8;
<%= envs %>
<% if include_main %>
include ../../config/nginx/main/*.conf;
<% end %>

events {
    worker_connections <%= connections %>;
}

http {
    include <%= mime_types %>;
    default_type application/octet-stream;
    charset utf-8;
    charset_types text/css text/plain text/xml application/javascript;

    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 65s;
    keepalive_requests 10000;
    reset_timedout_connection on;
    client_header_timeout 10s;
    server_tokens off;
    access_log off;

    client_max_body_size <%= body_limit %>;
    client_body_buffer_size 64k;
    client_body_temp_path <%= folder %>/client_body;
    proxy_temp_path <%= folder %>/proxy;
    fastcgi_temp_path <%= folder %>/fastcgi;
    uwsgi_temp_path <%= folder %>/uwsgi;
    scgi_temp_path <%= folder %>/scgi;

    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_min_length 1024;
    gzip_types text/plain text/css text/xml application/json
               application/javascript application/xml image/svg+xml;

    lua_shared_dict pandan <%= shared_memory %>;
    lua_shared_dict pandan_cache <%= cache_memory %>;
    lua_watch <%= watch %>;
    lua_package_path <%= package_path %>;
    lua_package_cpath <%= package_cpath %>;
    init_by_lua_block {
        require("pandan").boot { root = <%= root_lua %>, env = "<%= env %>" }
    }
    init_worker_by_lua_block { require("pandan").start_worker() }
<% if include_http %>
    include ../../config/nginx/http/*.conf;
<% end %>

    server {
        listen <%= listen %><% if production %> reuseport<% end %> backlog=4096;
        server_name _;
        root pub;
<% if production %>
        open_file_cache max=1000 inactive=60s;
        open_file_cache_valid 10s;
        open_file_cache_errors on;
<% end %>
<% if include_server %>
        include ../../config/nginx/server/*.conf;
<% end %>

        # files of pub/ first, the application for all else
        location / {
            try_files $uri @application;
        }

        location = / {
            try_files /index.html @application;
        }

        # hidden files are nobody's business, .well-known is
        location ~ /\.(?!well-known/) {
            default_type text/html;
            content_by_lua_block { require("pandan").handle() }
        }

        error_page 413 @too_large;

        location @too_large {
            default_type text/html;
            content_by_lua_block {
                require("pandan").refuse(413,
                    "the body is larger than <%= body_limit %>")
            }
        }

        location @application {
            default_type text/html;
            content_by_lua_block { require("pandan").handle() }
        }
    }
}
<%= stream %>
