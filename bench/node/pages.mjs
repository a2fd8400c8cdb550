// SPDX-License-Identifier: MIT
// The pages for a database, whatever it is: `db` has its queries, and `small`
// and `great` are what the names of the pages begin with.
import http from "node:http";

export const random = (n) => 1 + Math.floor(Math.random() * n);

const twenty = (run) => Promise.all(Array.from({ length: 20 }, run));

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;",
    "'": "&#39;" };

const json = (run) => async () => [JSON.stringify(await run()),
    "application/json"];

async function fortunes(db) {
    const rows = [...await db.fortunes(),
        { id: 0, message: "Additional fortune" }];

    rows.sort((a, b) => (a.message < b.message ? -1 : 1));

    return ["<table>" + rows.map((row) => `<tr><td>${row.id}</td><td>${
        row.message.replace(/[&<>"']/g, (c) => escapes[c])
    }</td></tr>`).join("") + "</table>", "text/html"];
}

async function updated(db, i) {
    const row = await db.world((i + 1) * 500 - random(500) + 1);

    row.randomnumber = random(10000);
    await db.update(row);

    return row;
}

export function pagesOf(db, small, great) {
    return {
        "/": json(async () => "ready"),
        [`/${small}row`]: json(() => db.post(7)),
        [`/${small}20`]: json(async () => {
            const rows = [];

            for (let i = 0; i < 20; i++) {
                rows.push(await db.post(random(100)));
            }

            return rows;
        }),
        [`/${small}batch`]: json(() => twenty(() => db.post(random(100)))),
        [`/${small}1000`]: json(async () => [(await db.many()).length]),
        [`/${small}insert`]: json(async () => ({
            affected: await db.insert("a note"),
        })),
        [`/${great}db`]: json(() => db.world(random(10000))),
        [`/${great}queries`]: json(() => twenty(
            () => db.world(random(10000)))),
        [`/${great}fortunes`]: () => fortunes(db),
        [`/${great}updates`]: json(() => twenty((_, i) => updated(db, i))),
    };
}

export function serve(pages) {
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
}
