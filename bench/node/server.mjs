// SPDX-License-Identifier: MIT
// The pages for PostgreSQL, as Node's own http and `pg` do them.
import pg from "pg";

import { pagesOf, serve } from "./pages.mjs";

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 16 });

// A query with a name is prepared.
const query = (name, text, ...values) => pool.query({ name, text, values });

const pages = pagesOf({
    post: async (id) => (await query("post",
        "SELECT id, title, body FROM posts WHERE id = $1", id)).rows[0],
    world: async (id) => (await query("world",
        "SELECT id, randomnumber FROM world WHERE id = $1", id)).rows[0],
    many: async () => (await query("many",
        "SELECT id, title, body FROM many")).rows,
    insert: async (title) => (await query("note",
        "INSERT INTO notes (title) VALUES ($1)", title)).rowCount,
    fortunes: async () => (await query("fortunes",
        "SELECT id, message FROM fortune")).rows,
    update: (row) => query("update",
        "UPDATE world SET randomnumber = $1 WHERE id = $2",
        row.randomnumber, row.id),
}, "pg-", "te-");

serve({ ...pages, "/postgres": pages["/pg-row"] });
