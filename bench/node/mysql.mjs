// SPDX-License-Identifier: MIT
// The pages for MariaDB, as Node's own http and `mysql2` do them: prepared
// statements where they help it, its text protocol where that is faster.
import mysql from "mysql2/promise";

import { pagesOf, serve } from "./pages.mjs";

const pool = mysql.createPool({ uri: process.env.MYSQL, connectionLimit: 16 });

const run = async (sql, ...values) => (await pool.execute(sql, values))[0];

serve(pagesOf({
    post: async (id) => (await run(
        "SELECT id, title, body FROM posts WHERE id = ?", id))[0],
    world: async (id) => (await run(
        "SELECT id, randomnumber FROM world WHERE id = ?", id))[0],
    many: async () => (await pool.query(
        "SELECT id, title, body FROM many"))[0],
    insert: async (title) => (await run(
        "INSERT INTO notes (title) VALUES (?)", title)).affectedRows,
    fortunes: () => run("SELECT id, message FROM fortune"),
    update: (row) => run("UPDATE world SET randomnumber = ? WHERE id = ?",
        row.randomnumber, row.id),
}, "mysql-", "mysql-te-"));
