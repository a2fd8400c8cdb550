-- SPDX-License-Identifier: MIT
--- Reads what a client sends: the query, forms, JSON, uploads. What cannot be
--- read ends the action with 400 and says why.

local halt = require("pandan.halt")
local json = require("pandan.json")
local native = require("pandan.native")

local params = {}

---@param text string
---@return table
function params.query(text)
    if text == "" then
        return {}
    end

    local values, err = native.form.decode(text)
    if not values then
        halt.with(400, "cannot read the query: " .. err)
    end
    return values
end

local function whole(text, path)
    if text or not path then
        return text or ""
    end

    local file, err = io.open(path, "rb")
    if not file then
        halt.with(500, "cannot read the body: " .. err)
    end

    text = file:read("*a")
    file:close()
    return text
end

local function read_json(text)
    if text == "" then
        return {}
    end

    local value, err = json.decode(text)
    if err then
        halt.with(400, "the body is not JSON: " .. err)
    end
    if type(value) ~= "table" then
        halt.with(400, "the body must be a JSON object or array")
    end
    return value
end

local function read_form(text)
    local values, err = native.form.decode(text)
    if not values then
        halt.with(400, "cannot read the form: " .. err)
    end
    return values
end

-- The folder is made when it is first needed; a fresh clone has none.
local function upload_folder(folder)
    local parent = folder:match("^(.+)/[^/]+$")
    local ok, err = true, nil

    if not native.fs.stat(folder) then
        if parent and not native.fs.stat(parent) then
            native.fs.mkdir(parent)
        end
        ok, err = native.fs.mkdir(folder)
    end
    if not ok then
        error("cannot keep uploads: " .. err, 0)
    end
end

local function read_multipart(request, text, path)
    local options = request.app.uploads
    upload_folder(options.folder)

    local parser, err =
        native.multipart.new(request:header("content-type"), options)
    local ok = parser

    if parser then
        if text then
            ok, err = parser:feed(text)
        elseif path then
            ok, err = parser:feed_file(path)
        end
    end

    local fields, files, list
    if ok then
        fields, files, list = parser:finish()
        err = files
    end
    if not fields then
        halt.with(400, "cannot read the multipart body: " .. tostring(err))
    end

    for _, file in ipairs(list) do
        request.uploaded = request.uploaded or {}
        table.insert(request.uploaded, file.path)
    end
    return fields, files
end

local BODILESS = { GET = true, HEAD = true, OPTIONS = true }

---Whether a body is looked for.
---@param method string
function params.may_have_body(method)
    return not BODILESS[method]
end

---Reads the body by its type; another type's text is `body[1]`.
---@param request pandan.request
---@return table fields
---@return table files
function params.body(request)
    if not params.may_have_body(request.method) then
        return {}, {}
    end

    local kind = request.content_type
    local text, path = request.source.body()

    if kind == "multipart/form-data" then
        return read_multipart(request, text, path)
    end

    text = whole(text, path)

    if kind == "application/x-www-form-urlencoded" then
        return read_form(text), {}
    elseif request:is_json() then
        return read_json(text), {}
    end
    return text ~= "" and { text } or {}, {}
end

---Removes the files of an upload that nobody has moved away.
---@param request pandan.request
function params.clean(request)
    local uploaded = rawget(request, "uploaded")

    for i = 1, uploaded and #uploaded or 0 do
        os.remove(uploaded[i])
    end
end

return params
