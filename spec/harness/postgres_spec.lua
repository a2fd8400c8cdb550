-- SPDX-License-Identifier: MIT
local postgres = require("support.postgres")

describe("a PostgreSQL of the harness", function()
    local server

    setup(function()
        server = postgres.start({ auth = "scram" })
    end)

    it("runs SQL", function()
        assert.equal("3|x", server:psql("SELECT 1 + 2, 'x'"))
    end)

    it("raises when SQL fails", function()
        assert.error_matches(function()
            server:psql("SELECT nonsense")
        end, "does not exist")
    end)

    it("says where it is", function()
        assert.matches("^postgres://pandan:secret@127.0.0.1:%d+/pandan_test$",
            server:url())
    end)

    it("comes back after a crash with what was stored", function()
        server:psql("CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)")
        server:kill()
        server:restart()
        assert.equal("7", server:psql("SELECT a FROM kept"))
    end)
end)
