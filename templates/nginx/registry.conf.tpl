# Rendered by `pandan registry serve`: any other web server will do as well.
<% if user %>
user <%= user %>;
<% end %>
daemon off;
worker_processes auto;
pid "<%= state %>/nginx.pid";
error_log stderr warn;

events {
    worker_connections 1024;
}

http {
    access_log off;
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 10000;
    log_not_found off;
    default_type application/json;
    gzip on;
    gzip_types application/json;
    client_body_temp_path "<%= state %>/client_body";
    proxy_temp_path "<%= state %>/proxy";
    fastcgi_temp_path "<%= state %>/fastcgi";
    uwsgi_temp_path "<%= state %>/uwsgi";
    scgi_temp_path "<%= state %>/scgi";

    server {
        listen <%= host %>:<%= port %>;
        server_name _;
        root "<%= folder %>";

        # a newer root is asked for each time, and mostly is not there
        location / {
            add_header Cache-Control "no-cache";
        }

        # what was published never changes
        location /pkgs/ {
            default_type application/gzip;
            expires max;
            add_header Cache-Control "public, immutable";
        }

        location ~ /\. {
            return 404;
        }
    }
}
