-- SPDX-License-Identifier: MIT
local amid = require("support.amid")
local databases = require("support.databases")
local peer = require("support.peer")
local ports = require("support.ports")

-- What each server's library says of it.
local SAYS = {
    postgres = {
        denied = "password authentication failed for user \"pandan\"$",
        unknown = "database \"nowhere\" does not exist$",
        refused = "Connection refused",
        no_socket = { "postgres://ann:x@%2Fnowhere/blog", "No such file" },
    },
    mysql = {
        denied = "^auth_failed: Access denied for user 'pandan'@",
        unknown = "^connect_failed: Unknown database 'nowhere'",
        refused = "Can't connect to server",
        no_socket = { "mysql://ann:x@/blog?socket=/nowhere",
            "Can't connect to local server" },
    },
}

for name, start in databases.servers() do
    describe("connecting to " .. name, function()
        local app
        local says = SAYS[name]

        -- The code, then the text, of what a URL leads to.
        local function try(url, options)
            return app:run(([[
                local value, err, code = Db.open(%q, { %s }):value("SELECT 1")
                return value or code .. ": " .. err
            ]]):format(url, options or ""))
        end

        local function try_port(port, options)
            return try(("%s://ann:x@127.0.0.1:%d/blog"):format(name, port),
                options)
        end

        setup(function()
            app = start({ code = amid.AT_REST })
        end)

        teardown(function()
            app:stop()
        end)

        it("works by address, name and socket", function()
            assert.equal("1", try(app.url))
            assert.equal("1", try((app.url:gsub("127.0.0.1", "localhost"))))
            assert.equal("1", try(app.server:url({ socket = true })))
        end)

        it("tells of a wrong password, but not which", function()
            local said = try(app.server:url({ password = "wrong" }))

            assert.matches("^auth_failed: ", said)
            assert.matches(says.denied, said)
            assert.is_nil(said:find("wrong", 1, true))
        end)

        it("tells of a database that is not there", function()
            local said = try(app.server:url({ database = "nowhere" }))

            assert.matches("^connect_failed: ", said)
            assert.matches(says.unknown, said)
        end)

        it("tells of a server that is not there", function()
            local url, words = unpack(says.no_socket)

            assert.matches("^connect_failed: .*" .. says.refused,
                try_port(ports.free()))
            assert.matches("^connect_failed: .*" .. words, try(url))
        end)

        it("tells of a name that is not there", function()
            assert.matches("^connect_failed: cannot connect to "
                .. "'nowhere.invalid': its name could not be resolved",
                try(name .. "://ann:x@nowhere.invalid/blog",
                    "connect_timeout = 3000"))
        end)

        it("gives up in time when nobody answers", function()
            for _, port in ipairs({ peer.deaf(),
                peer.start(peer.wait_for_end).port })
            do
                assert.equal("timeout: no connection in 200 ms",
                    try_port(port, "connect_timeout = 200"))
            end
        end)

        it("tells of what is no such server, or breaks off", function()
            local web = peer.start(function(conn)
                conn:send("HTTP/1.1 400 Bad Request\r\n\r\n")
            end)

            assert.matches("^connect_failed: ", try_port(web.port))
            assert.matches("^connect_failed: ",
                try_port(peer.start(peer.reset).port))
        end)

        it("leaves nothing lent", function()
            app:run("at_rest()")
        end)
    end)
end
