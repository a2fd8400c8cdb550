-- The registry's folder is changed by `pandan registry`, which alone has the
-- keys; requests wait for it without stopping the worker.
local json = require("pandan.json")
local native = require("pandan.native")
local pipe = require("ngx.pipe")

local registry = {}

local STATUS = {
    P0507 = 409, -- is there already
    P0508 = 403, -- another owner's
    P0302 = 404, -- no such version
}

local function settings()
    return require("pandan").app.config.application.registry
end

local function path(name)
    return require("pandan").app.root .. "/" .. name
end

---Runs `pandan registry PART FOLDER WORDS...`: true, or nil, why and a status.
local function run(part, ...)
    local process, err = pipe.spawn({
        settings().pandan, "registry", part, path(settings().folder), ...,
    }, { merge_stderr = true, stdout_read_timeout = 60000 })

    if not process then
        return nil, err, 500
    end

    local text = process:stdout_read_all() or ""

    if process:wait() then
        return true
    end

    local line = text:match('({"type":"error".-})\n')
    local said = line and json.decode(line)

    if not said then
        return nil, "cannot change the registry: " .. text, 500
    end
    return nil, said.text, STATUS[said.code] or 422
end

local function write(name, text)
    local file = assert(io.open(name, "wb"))

    file:write(text)
    file:close()
end

---@param owner string  whose packages may come
---@param package string  the archive's bytes
---@param key string?  the author's, with `sig`
function registry.add(owner, package, key, sig)
    local name = path("storage/" .. native.crypto.base64url(
        native.crypto.random(12)) .. ".tar.gz")

    write(name, package)
    if key then
        write(name .. ".sig", json.encode({ key = key, sig = sig }) .. "\n")
    end

    local ok, err, status = run("add", name, "--json", "--owner", owner,
        "--keys", path(settings().keys))

    os.remove(name)
    os.remove(name .. ".sig")
    return ok, err, status
end

---Lets a version be chosen no more, or again.
function registry.yank(name, version, yanked)
    return run("yank", name, version, "--json", "--keys",
        path(settings().keys), not yanked and "--undo" or nil)
end

return registry
