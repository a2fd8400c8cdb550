// SPDX-License-Identifier: MIT
// The pages for PostgreSQL, as Node's own http and `pg` do them.
import http from "node:http";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 16 });

const random = (n) => 1 + Math.floor(Math.random() * n);

// A query with a name is prepared.
const query = (name, text, ...values) => pool.query({ name, text, values });

const post = async (id) => (await query("post",
    "SELECT id, title, body FROM posts WHERE id = $1", id)).rows[0];

const world = async (id) => (await query("world",
    "SELECT id, randomnumber FROM world WHERE id = $1", id)).rows[0];

const twenty = (run) => Promise.all(Array.from({ length: 20 }, run));

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;",
    "'": "&#39;" };

const json = (run) => async () => [JSON.stringify(await run()),
    "application/json"];

const pages = {
    "/": json(async () => "ready"),
    "/postgres": json(() => post(7)),
    "/pg-row": json(() => post(7)),
    "/pg-20": json(async () => {
        const rows = [];

        for (let i = 0; i < 20; i++) {
            rows.push(await post(random(100)));
        }

        return rows;
    }),
    "/pg-batch": json(() => twenty(() => post(random(100)))),
    "/pg-1000": json(async () => [(await query("many",
        "SELECT id, title, body FROM many")).rows.length]),
    "/pg-insert": json(async () => ({ affected: (await query("note",
        "INSERT INTO notes (title) VALUES ($1)", "a note")).rowCount })),
    "/te-db": json(() => world(random(10000))),
    "/te-queries": json(() => twenty(() => world(random(10000)))),
    "/te-fortunes": async () => {
        const { rows } = await query("fortunes",
            "SELECT id, message FROM fortune");

        rows.push({ id: 0, message: "Additional fortune" });
        rows.sort((a, b) => (a.message < b.message ? -1 : 1));

        return ["<table>" + rows.map((row) => `<tr><td>${row.id}</td><td>${
            row.message.replace(/[&<>"']/g, (c) => escapes[c])
        }</td></tr>`).join("") + "</table>", "text/html"];
    },
    "/te-updates": json(() => twenty(async (_, i) => {
        const row = await world((i + 1) * 500 - random(500) + 1);

        row.randomnumber = random(10000);
        await query("update",
            "UPDATE world SET randomnumber = $1 WHERE id = $2",
            row.randomnumber, row.id);

        return row;
    })),
};

http.createServer(async (request, response) => {
    try {
        const [text, type] = await pages[request.url]();

        response.writeHead(200, {
            "Content-Type": type,
            "Content-Length": Buffer.byteLength(text),
        });
        response.end(text);
    } catch (error) {
        response.writeHead(500);
        response.end(String(error));
    }
}).listen(Number(process.env.PORT), "127.0.0.1");
