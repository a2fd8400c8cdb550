-- What this project needs. This is data: it is read, never run.
-- `pandan add` and `pandan remove` edit it and leave the rest as it is.
return {
<% if package %>
    name = "<%= package %>",
    version = "0.1.0",
<% end %>
    dependencies = {
        -- ["rocks:lpeg"] = "~> 1.1",
        -- ["opm:ledgetech/lua-resty-http"] = ">= 0.17",
    },

    dev_dependencies = {
    },
}
