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

-- The Lua half of the runtime makes the API; all others only read it.
files["runtime/lua"] = { globals = { "ngx", "coroutine" } }

-- Annotations only: a signature is one line.
files["types"] = { max_line_length = false, globals = { "ngx" } }
