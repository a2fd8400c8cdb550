-- Your own errors: self:raise_error(1000) ends an action with this one.
return {
    [1000] = { status = 500, message = "Something went wrong." },
}
