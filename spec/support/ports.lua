-- SPDX-License-Identifier: MIT
--- Free ports, asked from the kernel.
local socket = require("socket")

local ports = {}

---@return integer
function ports.free()
    local listener = assert(socket.bind("127.0.0.1", 0))
    local _, port = listener:getsockname()

    listener:close()

    return tonumber(port)
end

return ports
