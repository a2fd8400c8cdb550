local IndexController = {}

function IndexController:index()
    return { name = "<%= name %>" }
end

return IndexController
