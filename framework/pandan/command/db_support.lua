-- SPDX-License-Identifier: MIT
--- What the `db` commands share: where the app is, which database it has, how
--- they report. A command is a function(args) that returns an exit code: 0
--- done, 1 failed, 2 used wrongly.

local connection = require("pandan.model.connection")

local support = { out = io.stdout, err = io.stderr }

---@class pandan.command.db_context
---@field root string
---@field env string
---@field folder string  of the migrations
---@field db table

---@return pandan.command.db_context
function support.context()
    local app = package.loaded["pandan"] or {}
    local root = app.root or "."

    return {
        root = root,
        env = app.env or os.getenv("PANDAN_ENV") or "development",
        folder = root .. "/db/migrations",
        db = connection.database(),
    }
end

function support.say(...)
    support.out:write(string.format(...), "\n")
    support.out:flush()
end

---@return integer code  1
function support.fail(...)
    support.err:write(string.format(...), "\n")
    support.err:flush()
    return 1
end

---Options (`--force`, `--to=3`) and the rest of the arguments.
---@param args string[]
---@param known table<string, boolean>
---@return table? options
---@return string? err
function support.options(args, known)
    local options = {}

    for _, arg in ipairs(args or {}) do
        local name, value = arg:match("^%-%-([%w-]+)=?(.*)$")
        if name and not known[name] then
            return nil, "unknown option '" .. arg .. "'"
        end
        if name then
            options[name] = value ~= "" and value or true
        else
            options[#options + 1] = arg
        end
    end
    return options
end

local hints = {
    connect_failed = "is the database server running? "
        .. "its address stands in config/database.lua or DATABASE_URL",
    closed = "the server closed the connection; see its log",
    timeout = "the server did not answer in time",
    auth_failed = "check user and password in DATABASE_URL",
    undefined_table = "run 'pandan db migrate' first",
}

---A database error with what may help.
function support.explain(err, code)
    local hint = hints[code]
    return hint and tostring(err) .. "\n  hint: " .. hint or tostring(err)
end

---Whether the database answers; says why not.
---@return boolean
function support.reachable(context)
    local rows, err, code = context.db:query("SELECT 1 AS one")
    if rows then
        return true
    end

    if tostring(err):find("does not exist", 1, true)
        or tostring(err):find("Unknown database", 1, true)
    then
        err = err .. "\n  hint: create it with 'pandan db create'"
    end
    support.fail("the database of '%s' cannot be used: %s", context.env,
        support.explain(err, code))
    return false
end

---@return fun(file: table, seconds: number)
function support.reporter(verb)
    return function(file, seconds)
        support.say("  %s  %s_%s  (%.0f ms)", verb, file.version, file.name,
            seconds * 1000)
    end
end

---Raises what is thrown as one text and an exit code.
function support.guard(fn)
    return function(args)
        local ok, code = pcall(fn, args)
        if ok then
            return code
        end
        if connection.is_sql_error(code) then
            return support.fail("%s", support.explain(code, code.code))
        end
        return support.fail("%s", tostring(code))
    end
end

return support
