-- SPDX-License-Identifier: MIT
--- How code ends its action from anywhere: an error that is no fault, but an
--- answer. Any error table with a `status` is treated so.

local halt = {}

local meta = {
    __tostring = function(self)
        return self.message or "status " .. self.status
    end,
}

---Ends the action with a status and a message for people.
---@param status integer
---@param message? string
---@param extra? table  more fields
function halt.with(status, message, extra)
    local stop = extra or {}
    stop.status = status
    stop.message = message
    error(setmetatable(stop, meta), 0)
end

---Ends the action with this response.
---@param response pandan.response
function halt.response(response)
    error(setmetatable({ status = response.status, response = response },
        meta), 0)
end

---Whether a caught error is an answer.
function halt.is_halt(err)
    return type(err) == "table" and type(err.status) == "number"
        and err.sql == nil
end

return halt
