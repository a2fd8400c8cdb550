local IndexController = {}

function IndexController:index()
    return self:view()
end

return IndexController
