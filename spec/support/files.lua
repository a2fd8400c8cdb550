-- SPDX-License-Identifier: MIT
--- Whole files, in one call.
local files = {}

---@return string?
function files.read(path)
    local file = io.open(path, "rb")

    if not file then
        return nil
    end

    local text = file:read("*a")

    file:close()

    return text
end

---Writes a file, making its folders.
function files.write(path, text)
    local folder = path:match("^(.*)/[^/]*$")
    local file = io.open(path, "wb")

    if not file and folder then
        os.execute("mkdir -p '" .. folder .. "'")
        file = io.open(path, "wb")
    end

    assert(file, "cannot write " .. path)
    file:write(text)
    file:close()
end

---@return boolean
function files.exists(path)
    local file = io.open(path, "rb")

    if file then
        file:close()
    end

    return file ~= nil
end

---Removes a folder and all in it.
function files.remove(path)
    assert(#path > 4 and path:sub(1, 1) == "/", "will not remove " .. path)
    os.execute("rm -rf '" .. path .. "'")
end

return files
