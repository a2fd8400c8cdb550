-- SPDX-License-Identifier: MIT
std = "luajit"
max_line_length = 80
self = false
exclude_files = { "build*/", "templates/", "**/node_modules/" }

-- What an app may set of the API; all else is only read.
local settable = { read_only = false, other_fields = true }

read_globals = {
    ngx = {
        other_fields = true,
        fields = {
            status = settable,
            header = settable,
            ctx = settable,
            var = settable,
            arg = settable,
        },
    },
}

-- The words of a spec file are those of pandan.spec, which are busted's.
files["spec/**/*_spec.lua"] = {
    std = "luajit+busted",
    read_globals = { "match" },
}

-- The Lua half of the runtime makes the API; all others only read it.
files["runtime/lua"] = { globals = { "ngx", "coroutine", "os" } }

-- Annotations only: a signature is one line, and its body is empty.
files["types"] = { max_line_length = false, globals = { "ngx" }, unused = false }
