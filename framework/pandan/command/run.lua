-- SPDX-License-Identifier: MIT
--- `pandan run FILE [WORDS]`: runs a Lua file in the application, with what a
--- controller sees (LoadModel, Model ...). `...` and `arg` are the words; a
--- number that it returns is the exit code.

local function read(path)
    local file, err = io.open(path, "rb")
    if not file then
        return nil, err
    end

    local text = file:read("*a")
    file:close()
    -- "#!/usr/bin/env pandan-run" and the like
    return (text:gsub("^#[^\n]*", ""))
end

return function(args)
    local path = args[1]
    local text, err = read(path)

    if not text then
        io.stderr:write("cannot open '", path, "': ", err, "\n")
        return 1
    end

    local chunk, problem = loadstring(text, "@" .. path)
    if not chunk then
        io.stderr:write(problem, "\n")
        return 1
    end

    local words = { unpack(args, 2) }
    words[0] = path

    -- a script may have globals of its own
    setfenv(chunk, setmetatable({ arg = words }, {
        __index = require("pandan").app.loader.words,
    }))

    local result = chunk(unpack(words))
    return type(result) == "number" and result or 0
end
