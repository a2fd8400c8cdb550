// SPDX-License-Identifier: MIT
// One row of PostgreSQL as JSON, as Node's own http and `pg` do it.
import http from "node:http";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 16 });

const query = {
    name: "one",
    text: "SELECT id, title, body FROM posts WHERE id = $1",
};

http.createServer(async (request, response) => {
    try {
        const result = await pool.query({ ...query, values: [7] });
        const text = JSON.stringify(result.rows[0]);

        response.writeHead(200, {
            "Content-Type": "application/json",
            "Content-Length": Buffer.byteLength(text),
        });
        response.end(text);
    } catch (error) {
        response.writeHead(500);
        response.end(String(error));
    }
}).listen(Number(process.env.PORT), "127.0.0.1");
