-- SPDX-License-Identifier: MIT
--- Files that forms send.
local app = require("support.app")
local files = require("support.files")

local BODY = table.concat({
    "--x",
    'Content-Disposition: form-data; name="doc[file]"; filename="a.txt"',
    "Content-Type: text/plain",
    "",
    "hello",
    "--x",
    'Content-Disposition: form-data; name="_csrf_token"',
    "",
    "TOKEN",
    "--x--",
    "",
}, "\r\n")

local server

setup(function()
    server = app.start({ files = {
        ["config/routes.lua"] = [[
            return function(r)
                r:get("/form", "index@form")
                r:post("/up", "index@up")
            end
        ]],
        ["application/controllers/index.lua"] = [[
            local Index = {}
            function Index:form()
                return self:view()
            end
            function Index:up()
                local found = self.files.doc.file
                local handle = assert(io.open(found.path))
                local text = handle:read("*a")
                handle:close()
                return { name = found.filename, size = found.size,
                    text = text, path = found.path }
            end
            return Index
        ]],
        ["application/views/index/form.html"] = "{{ csrf_token() }}",
    } })
end)

local function upload(token, cookie)
    return server:get("/up", {
        method = "POST", body = (BODY:gsub("TOKEN", token)),
        headers = {
            ["Content-Type"] = "multipart/form-data; boundary=x",
            Cookie = cookie,
        },
    })
end

describe("an upload", function()
    it("reaches the action as a file, which ends with the request", function()
        local form = server:get("/form")
        local res = upload(form.body,
            form.headers["set-cookie"]:match("^[^;]+"))
        local found = require("pandan.json").decode(res.body)

        assert.equal(200, res.status)
        assert.equal("a.txt", found.name)
        assert.equal(5, found.size)
        assert.equal("hello", found.text)
        assert.is_nil(files.read(found.path))
    end)

    it("without a token is refused", function()
        assert.equal(403, upload("rubbish", nil).status)
    end)
end)
