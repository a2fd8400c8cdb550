-- SPDX-License-Identifier: MIT
--- What happens to an app of support.databases amid its statements: Lua for
--- its `code` that looks at connections and memory, and requests that run
--- while something befalls them.
local http = require("support.http")

local amid = {}

-- How many connections run a statement when something happens to its server.
local RUNNING = 5

-- How many clients leave others alone with their work.
local LEAVING = 5

---at_rest(base?): waits until nothing is lent, and gives the counters.
amid.AT_REST = [[
    function at_rest(base)
        base = base or db
        for _ = 1, 1000 do
            local s = base:stats()
            if s.lent == 0 and s.waiting == 0 then
                assert(s.opened - s.closed == s.idle, "a connection is lost")
                return s
            end
            ngx.sleep(0.01)
        end
        error("something is still lent")
    end
]]

---memory(): megabytes of the worker.
amid.MEMORY = [[
    function memory()
        local f = assert(io.open("/proc/self/statm"))
        local resident = f:read("*a"):match("%d+ (%d+)")
        f:close()
        return resident * 4096 / 2^20
    end
]]

---Sends requests for a piece that lasts, does something when all of their
---statements run, and gives what each of them has answered.
---@param app table
---@param code string
---@param happens fun()
---@return string[]
function amid.statements(app, code, happens)
    local slow, clients = app:piece(code), {}
    local before = tonumber(app:run("return db:stats().queries"))

    for i = 1, RUNNING do
        clients[i] = assert(http.connect(app.nginx.port, 30))
        assert(clients[i]:request("GET", slow))
    end
    app:run(([[
        for _ = 1, 1000 do
            if db:stats().queries == %d then return end
            ngx.sleep(0.01)
        end
        error("the statements do not run")
    ]]):format(before + RUNNING))
    happens()

    local answers = {}
    for i = 1, RUNNING do
        answers[i] = assert(clients[i]:response()).body
        clients[i]:close()
    end
    return answers
end

---Sends a request for a piece that works long, and others whose clients leave
---amid it; gives what the first one has answered.
---@param app table
---@param work string
---@param leave string
---@return string
function amid.leaving(app, work, leave)
    local path, leaving = app:piece(leave), {}
    local client = assert(http.connect(app.nginx.port, 7200))

    assert(client:request("GET", app:piece(work)))

    for i = 1, LEAVING do
        leaving[i] = assert(http.connect(app.nginx.port))
        assert(leaving[i]:request("GET", path))
    end
    app:run("ngx.sleep(0.05)")
    for i = 1, LEAVING do
        leaving[i]:close()
    end

    local body = assert(client:response()).body

    client:close()
    return body
end

return amid
