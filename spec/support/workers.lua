-- SPDX-License-Identifier: MIT
--- Runs Lua code in chosen workers of a server with several: for specs of
--- what workers share.
---
---     local server = workers.start(3)
---     local one, two = server:two()
---     one:run("...")  two:send("...")  two:take()
local code_server = require("support.code_server")

local workers = {}

local Worker = {}

Worker.__index = Worker

---Starts to run code, without waiting for it.
function Worker:send(code)
    assert(self.conn:request("POST", "/run", { body = code }))
end

---What the code sent returned; raises when it failed.
---@return string
function Worker:take()
    local response, err = self.conn:response()

    if not response or response.status ~= 200 then
        error("code failed: " .. tostring(err or response.status) .. "\n"
            .. self.server:error_log():sub(-2000), 2)
    end

    return response.body
end

---@return string
function Worker:run(code)
    self:send(code)

    return self:take()
end

local function open(server)
    local worker = setmetatable({
        server = server, conn = server:connect(20),
    }, Worker)

    worker.pid = tonumber(worker:run("return ngx.worker.pid()"))

    return worker
end

--- Which worker accepts a connection is chance.
local function open_others(server, count)
    local list, seen = {}, {}

    for _ = 1, 2000 do
        local worker = open(server)

        if seen[worker.pid] then
            worker.conn:close()
        else
            seen[worker.pid] = true
            list[#list + 1] = worker

            if #list == count then
                return list
            end
        end
    end

    error("only " .. #list .. " workers accept connections")
end

---@param count integer
---@param options? table  as of support.nginx, `http` with the zones
---@return table server  of support.code_server; with each(count): a list of
---  connections to different workers, and together(clients, code)
function workers.start(count, options)
    local conf = {}

    for name, value in pairs(options or {}) do
        conf[name] = value
    end

    conf.workers = count
    conf.http = conf.http or "lua_shared_dict pandan 10m;"
    conf.listen = "reuseport"

    local server = code_server.start(conf)

    function server.each(self, wanted)
        return open_others(self, wanted or count)
    end

    -- Runs code in so many requests at a time; gives what they returned.
    function server.together(self, clients, code)
        local list = {}

        for i = 1, clients do
            list[i] = self:connect(30)
            list[i]:request("POST", "/run", { body = code })
        end

        for i = 1, clients do
            local response = list[i]:response()

            list[i]:close()
            assert(response.status == 200, self:error_log():sub(-2000))
            list[i] = response.body
        end

        return list
    end

    function server.two(self)
        return unpack(open_others(self, 2))
    end

    return server
end

return workers
