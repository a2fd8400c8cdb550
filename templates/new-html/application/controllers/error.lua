-- Shows what went wrong to people; err is { status, code, message }.
local ErrorController = {}

function ErrorController:error()
    return self:render("error", { err = self.err })
end

return ErrorController
