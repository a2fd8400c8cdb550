-- SPDX-License-Identifier: MIT
std = "luajit"
max_line_length = 80
exclude_files = { "build/", "templates/", "**/node_modules/" }
read_globals = { "ngx" }

-- The words of a spec file are those of pandan.spec, which are busted's.
files["spec/**/*_spec.lua"] = {
    std = "luajit+busted",
    read_globals = { "ngx", "match" },
}

-- nginx's Lua half fills in the API's tables; apps and modules only read it.
files["runtime/lua/**/*.lua"] = { globals = { "ngx" } }
