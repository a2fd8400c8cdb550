-- Runs once when a worker starts; plugins are registered here.
return function(app)
    return app
end
