-- SPDX-License-Identifier: MIT
--- A server that says what it is told to, whatever it is asked: a program of
--- its own, on a free port, for protocols that real servers never break.
local cleanup = require("support.cleanup")
local files = require("support.files")
local ports = require("support.ports")
local process = require("support.process")

local fake = {}

-- Each connection gets the answers in their order, one for each read; the
-- last one is said again and again, "" is silence, false closes.
local PROGRAM = [[
local socket = require("socket")
local port, answers = %d, { %s }
local listener = assert(socket.bind("127.0.0.1", port))
local open = {}

while true do
    local list = { listener }
    for conn in pairs(open) do
        list[#list + 1] = conn
    end

    for _, conn in ipairs((socket.select(list))) do
        if conn == listener then
            local new = listener:accept()
            new:settimeout(0)
            open[new] = 1
        else
            local data, err, part = conn:receive(65536)

            if err == "closed" then
                conn:close()
                open[conn] = nil
            elseif data or #part > 0 then
                local answer = answers[math.min(open[conn], #answers)]

                open[conn] = open[conn] + 1
                if answer == false then
                    conn:setoption("linger", { on = true, timeout = 0 })
                    conn:close()
                    open[conn] = nil
                elseif answer ~= "" then
                    conn:settimeout(5)
                    conn:send(answer)
                    if conn then conn:settimeout(0) end
                end
            end
        end
    end
end
]]

---@param ... string|false  its answers
---@return integer port
function fake.start(...)
    local dir = process.folder("pandan-fake")
    local port = ports.free()
    local list = {}

    for i, answer in ipairs({ ... }) do
        list[i] = answer and ("%q"):format(answer):gsub("\\\n", "\\n")
            :gsub("\r", "\\r") or "false"
    end

    files.write(dir .. "/server.lua", PROGRAM:format(port,
        table.concat(list, ", ")))

    local child = process.start({ "luajit", dir .. "/server.lua" },
        { stdout = dir .. "/log" })

    cleanup.add(function()
        child:kill()
        files.remove(dir)
    end)

    local up = process.wait_until(5, function()
        local conn = require("socket").connect("127.0.0.1", port)

        if conn then
            conn:close()
        end

        return conn ~= nil
    end)

    assert(up, files.read(dir .. "/log"))

    return port
end

return fake
