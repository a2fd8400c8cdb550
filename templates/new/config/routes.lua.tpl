return function(r)
    r:get("/", "index@index"):name("home")
    -- pandan: new routes go above this line
end
