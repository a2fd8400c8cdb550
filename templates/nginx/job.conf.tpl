# Rendered by pandan for one command; removed when it ends.
<%= load_modules %>
<% if user %>
user <%= user %>;
<% end %>
daemon off;
master_process off;
pid <%= folder %>/job-<%= job %>.pid;
error_log stderr <%= log_level %>;
pandan_db_threads 2;
<%= envs %>

events {
    worker_connections 256;
}

http {
    access_log off;
    client_max_body_size 0;
    client_body_temp_path <%= folder %>/client_body;
    proxy_temp_path <%= folder %>/proxy;
    fastcgi_temp_path <%= folder %>/fastcgi;
    uwsgi_temp_path <%= folder %>/uwsgi;
    scgi_temp_path <%= folder %>/scgi;

    lua_shared_dict pandan <%= shared_memory %>;
    lua_shared_dict pandan_cache <%= cache_memory %>;
    lua_package_path <%= package_path %>;
    lua_package_cpath <%= package_cpath %>;
    init_by_lua_block {
        require("pandan").boot {
            root = <%= root_lua %>, env = "<%= env %>", strict = true,
            services = { <%= places %> },
        }
    }
    init_worker_by_lua_block {
        require("pandan.job").start {
            root = <%= root_lua %>, env = "<%= env %>",
            name = "<%= name %>", args = { <%= args %> },
            status = <%= status %>,
        }
    }
<% if socket %>

    server {
        listen unix:<%= socket %>;
        location / {
            default_type text/plain;
            content_by_lua_block {
                require("pandan.command.console").answer()
            }
        }
    }
<% end %>
}
<%= stream %>
