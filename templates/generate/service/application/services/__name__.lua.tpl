local <%= camel %> = Service()

<% if udp %>
---Each datagram; what is returned goes back as one.
function <%= camel %>:packet(data)
    return data
end
<% else %>
---A client has come; what is returned is sent to it.
function <%= camel %>:connect()
end

---Each line, without its end; the answer is sent as one.
function <%= camel %>:data(line)
    return line
end

---The client has gone, or self:stop() was called.
function <%= camel %>:close(reason)
end
<% end %>

return <%= camel %>
