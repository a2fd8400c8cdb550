-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

describe("notices of PostgreSQL", function()
    it("come with the result of their statement", function()
        local app = databases.postgres()

        app:run([=[
            local rows = assert(db:exec([[
                DO $$ BEGIN
                    RAISE NOTICE 'first %', 1;
                    RAISE WARNING 'second' USING HINT = 'a hint',
                        DETAIL = 'a detail', ERRCODE = '01P01';
                END $$]]))
            assert(#rows.notices == 2)
            local first, second = unpack(rows.notices)
            assert(first.severity == "NOTICE" and first.code == "00000")
            assert(first.message == "first 1" and first.detail == nil)
            assert(second.severity == "WARNING" and second.code == "01P01")
            assert(second.detail == "a detail" and second.hint == "a hint")
            assert(db:query("SELECT 1").notices == nil)
            rows = assert(db:query("DROP TABLE IF EXISTS nowhere"))
            assert(rows.notices[1].message:find("does not exist"))
        ]=])
        app:stop()
    end)
end)
