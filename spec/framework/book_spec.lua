-- SPDX-License-Identifier: MIT
--- Makes an app of what the book shows, and runs the specs that it shows, by
--- the command that `pandan test` runs.
local book_app = require("support.book_app")

local PAGES = { "routing", "controllers", "views", "sessions" }

describe("the book", function()
    it("shows an app whose specs pass", function()
        local code, output = book_app.run(PAGES)

        assert.equal("0\n", code, output)
        assert.matches("13 passed, 0 failed", output, 1, true)
    end)
end)
