return function(schema)
    schema:create("tokens", function(t)
        t:id()
        t:string("owner", 80):not_null()
        t:string("hash", 64):not_null():unique()
        t:timestamps()
    end)
end
