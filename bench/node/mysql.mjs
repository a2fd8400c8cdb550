// SPDX-License-Identifier: MIT
// The pages for MariaDB, as Node's own http and `mysql2` do them: prepared
// statements where they help it, its text protocol where that is faster.
import http from "node:http";
import mysql from "mysql2/promise";

const pool = mysql.createPool({ uri: process.env.MYSQL, connectionLimit: 16 });

const ONE = "SELECT id, title, body FROM posts WHERE id = ?";

async function one(id) {
    const [rows] = await pool.execute(ONE, [id]);

    return rows[0];
}

const pages = {
    "/": async () => "ready",

    "/mysql-row": () => one(7),

    "/mysql-20": async () => {
        const rows = [];

        for (let i = 0; i < 20; i++) {
            rows.push(await one(1 + Math.floor(Math.random() * 100)));
        }

        return rows;
    },

    "/mysql-1000": async () => {
        const [rows] = await pool.query("SELECT id, title, body FROM many");

        return [rows.length];
    },

    "/mysql-insert": async () => {
        const [result] = await pool.execute(
            "INSERT INTO notes (title) VALUES (?)", ["a note"]);

        return { affected: result.affectedRows };
    },
};

http.createServer(async (request, response) => {
    try {
        const text = JSON.stringify(await pages[request.url]());

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
