/**
 * `npm run rank:pages`: the time of real pages, by stage, in a temporary Skein on this machine: the
 * `Server-Timing` of first and next ranked pages and of `latest`, and the client's whole wait.
 * `npm run rank:bench` measures ranking alone.
 */
import { randomUUID } from "node:crypto";
import pMap from "p-map";
import { z } from "zod";
import { timelineSchema } from "../feed/wire.ts";
import { withOwnSkein } from "./browser/own-skein.ts";
import { runCommand } from "./project.ts";
import { apiRequest } from "./api-request.ts";
import type { SkeinClient } from "./skein-client.ts";

const AUTHORS = 40;
const POSTS = 800;
const POSTS_AT_ONCE = 16;
const WARM_UP_PAGES = 30;
const PAGES = 200;

const PASSWORD = "only for a benchmark";

await runCommand(() =>
  withOwnSkein("npm run rank:pages", async (address, client) => {
    const token = await fill(client);
    const ranked = "order=ranked&limit=20";
    const { next } = await read(address, token, ranked);
    const kinds: [string, string][] = [
      ["latest, first page", "order=latest&limit=20"],
      ["ranked, first page", ranked],
      ["ranked, next page", `${ranked}&cursor=${next}`],
      ["ranked, first page, explained", `${ranked}&explain=true`],
    ];
    console.log(`\n${POSTS} posts of ${AUTHORS} authors, ${PAGES} pages of 20 each, one by one.\n`);
    console.log("| page | median | p99 | stages, median (p99) |");
    console.log("| --- | --- | --- | --- |");
    for (const [name, query] of kinds) {
      for (let n = 0; n < WARM_UP_PAGES; n++) await read(address, token, query);
      const took: number[] = [];
      const stages = new Map<string, number[]>();
      for (let n = 0; n < PAGES; n++) {
        const page = await read(address, token, query);
        took.push(page.tookMs);
        for (const [stage, ms] of page.stages) {
          stages.set(stage, [...(stages.get(stage) ?? []), ms]);
        }
      }
      const parts = [...stages].map(([stage, ms]) => `${stage} ${at(ms, 0.5)} (${at(ms, 0.99)})`);
      console.log(`| ${name} | ${at(took, 0.5)} ms | ${at(took, 0.99)} ms | ${parts.join(", ")} |`);
    }
  }),
);

/** Makes a reader, their followees and these accounts' posts. @returns the reader's token */
async function fill(client: SkeinClient): Promise<string> {
  const join = (handle: string) =>
    client.createAccount({ handle, password: PASSWORD, name: handle });
  const reader = await join("reader");
  const handles = Array.from({ length: AUTHORS }, (_, n) => `author_${n}`);
  const authors = await pMap(handles, join, { concurrency: 4 });
  await pMap(
    Array.from({ length: POSTS }, (_, n) => authors[n % AUTHORS]?.token ?? ""),
    (token, n) => client.post(token, `number ${n} of many`, null, randomUUID()),
    { concurrency: POSTS_AT_ONCE },
  );
  for (const handle of handles) {
    const call = { method: "PUT", token: reader.token } as const;
    await client.json(z.unknown(), `/v1/users/@${handle}/follow`, call);
  }
  return reader.token;
}

/** Reads a page, and measures it. */
async function read(address: string, token: string, query: string) {
  const beganMs = performance.now();
  const answer = await fetch(apiRequest(address, "GET", `/v1/timeline?${query}`, { token }));
  const { next } = timelineSchema.parse(await answer.json());
  const tookMs = performance.now() - beganMs;
  const timings = (answer.headers.get("server-timing") ?? "").matchAll(/(\w+);dur=([\d.]+)/g);
  const stages = [...timings].map(([, stage = "", ms]): [string, number] => [stage, Number(ms)]);
  return { next, tookMs, stages };
}

/** A quantile of values. */
function at(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
}
