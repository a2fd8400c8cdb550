local <%= Model %> = LoadModel("<%= singular %>")

local <%= Controller %>Controller = {}

function <%= Controller %>Controller:index()
    return self:view({ <%= plural %> = <%= Model %>:order("id desc"):paginate(20) })
end

function <%= Controller %>Controller:show()
    return self:view({ <%= singular %> = <%= Model %>:find_or_404(self.params.id) })
end

<% unless api %>
function <%= Controller %>Controller:new()
    return self:view({ <%= singular %> = <%= Model %>:new() })
end

<% end %>
function <%= Controller %>Controller:create()
    local <%= singular %> = <%= Model %>:create(self:validate(<%= Model %>.rules))
    return self:created("<%= plural %>.show", <%= singular %>, "<%= title %> created.")
end

<% unless api %>
function <%= Controller %>Controller:edit()
    return self:view({ <%= singular %> = <%= Model %>:find_or_404(self.params.id) })
end

<% end %>
function <%= Controller %>Controller:update()
    local <%= singular %> = <%= Model %>:find_or_404(self.params.id)
    <%= singular %>:update(self:validate(<%= Model %>.rules))
    return self:updated("<%= plural %>.show", <%= singular %>, "<%= title %> saved.")
end

function <%= Controller %>Controller:delete()
    <%= Model %>:find_or_404(self.params.id):delete()
    return self:deleted("<%= plural %>.index", "<%= title %> deleted.")
end

return <%= Controller %>Controller
