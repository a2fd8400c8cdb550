local <%= camel %> = Plugin()

---Before an action: returning a response ends the request with it.
function <%= camel %>:preDispatch(request, response)
end

---After the action.
function <%= camel %>:postDispatch(request, response)
end

return <%= camel %>
