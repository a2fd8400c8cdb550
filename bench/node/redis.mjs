// SPDX-License-Identifier: MIT
// The pages for Redis, as Node's own http and `redis` do them.
import http from "node:http";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS });
const keys = [];

for (let i = 1; i <= 20; i++) {
    keys.push(`bench:${i}`);
}
await client.connect();

for (const key of keys) {
    await client.set(key, `value ${key}`.repeat(10));
}
for (let i = 1; i <= 50; i++) {
    await client.hSet("bench:hash", `field${i}`, `value ${i}`);
}

async function five(work) {
    let good = true;

    for (let i = 0; i < 5; i++) {
        good = await work() && good;
    }
    return good;
}

const pages = {
    "/": async () => true,

    "/redis-get": async () => {
        for (let i = 0; i < 10; i++) {
            await client.get(keys[i]);
        }
        return true;
    },

    "/redis-set": async () => {
        for (let i = 0; i < 10; i++) {
            await client.set(keys[i], "a value of some bytes");
        }
        return true;
    },

    "/redis-mget": () => five(async () =>
        (await client.mGet(keys)).length === 20),

    // what is asked in one turn of its loop goes out together
    "/redis-pipe": () => five(async () =>
        (await Promise.all(keys.map((key) => client.get(key)))).length === 20),

    "/redis-hash": () => five(async () =>
        (await client.hGetAll("bench:hash")).field50 !== undefined),
};

http.createServer(async (request, response) => {
    try {
        const text = await pages[request.url]() ? "done" : "nothing";

        response.writeHead(200, {
            "Content-Type": "text/plain",
            "Content-Length": Buffer.byteLength(text),
        });
        response.end(text);
    } catch (error) {
        response.writeHead(500);
        response.end(String(error));
    }
}).listen(Number(process.env.PORT), "127.0.0.1");
