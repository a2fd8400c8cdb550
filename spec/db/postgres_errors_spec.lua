-- SPDX-License-Identifier: MIT
local databases = require("support.databases")

describe("an error of PostgreSQL", function()
    it("has all that the server tells", function()
        local app = databases.postgres()

        app:run([=[
            assert(db:exec([[
                CREATE SCHEMA shop; CREATE TABLE shop.parts (
                    id INTEGER PRIMARY KEY, n INTEGER NOT NULL,
                    CONSTRAINT few CHECK (n < 10));
                INSERT INTO shop.parts VALUES (1, 1)]]))
            local function fields(sql, ...)
                local rows, err, code, server, all = db:query(sql, ...)
                assert(rows == nil and err and all.message, err)
                return all, code, server
            end

            local f, code, server = fields(
                "INSERT INTO shop.parts VALUES ($1, 2)", 1)
            assert(code == "unique_violation" and server == "23505")
            assert(f.severity == "ERROR" and f.constraint == "parts_pkey")
            assert(f.schema == "shop" and f.table == "parts")
            assert(f.detail == "Key (id)=(1) already exists.")
            assert(f.message:find("^duplicate key value"))

            f, code, server = fields("INSERT INTO shop.parts VALUES (2, $1)",
                nil)
            assert(code == "not_null_violation" and server == "23502")
            assert(f.column == "n")
            f, code = fields("INSERT INTO shop.parts VALUES (2, 12)")
            assert(code == "check_violation" and f.constraint == "few")

            f = fields("SELECT lenght('x')")
            assert(f.position == "8" and f.hint:find("No function matches"))
            f = fields("SELECT 'x'::int")
            assert(f.position == "8")
            local all
            _, _, _, server, all = db:exec([[DO $$ BEGIN
                RAISE EXCEPTION 'mine' USING ERRCODE = 'P0123',
                    HINT = 'a hint', DATATYPE = 'thing';
                END $$]])
            assert(server == "P0123" and all.hint == "a hint")
            assert(all.data_type == "thing" and all.context:find("line 2"))
        ]=])
        app:stop()
    end)
end)
