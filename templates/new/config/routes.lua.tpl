return function(r)
    r:get("/", "index@index"):name("home")
<% if registry %>
    r:put("/api/v1/packages", "packages@publish")
    r:put("/api/v1/packages/{owner}/{name}/{version}/yanked", "packages@yank")
    r:get("/api/pkg/fetch", "opm@fetch")
<% end %>
    -- pandan: new routes go above this line
end
