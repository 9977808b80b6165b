/**
 * `npm run rank:pages`: the time of real pages, by stage, in a temporary Skein on this machine: the
 * `Server-Timing` of first and next ranked pages and of `latest`, and the client's whole wait.
 * `npm run rank:bench` measures ranking alone.
 */
import pMap from "p-map";
import { orThrow } from "../client/src/errors.ts";
import { Skein } from "../client/src/skein-client.ts";
import { withOwnSkein } from "./browser/own-skein.ts";
import { runCommand } from "./project.ts";

const AUTHORS = 40;
const POSTS = 800;
const POSTS_AT_ONCE = 16;
const WARM_UP_PAGES = 30;
const PAGES = 200;

type PageQuery = NonNullable<Parameters<Skein["readTimeline"]>[0]>;

const PASSWORD = "only for a benchmark";

await runCommand(() =>
  withOwnSkein("npm run rank:pages", async (address, client) => {
    const token = await fill(client);
    const ranked: PageQuery = { order: "ranked", limit: 20 };
    const { next } = await read(address, token, ranked);
    const kinds: [string, PageQuery][] = [
      ["latest, first page", { order: "latest", limit: 20 }],
      ["ranked, first page", ranked],
      ["ranked, next page", { ...ranked, cursor: next }],
      ["ranked, first page, explained", { ...ranked, explain: true }],
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
async function fill(client: Skein): Promise<string> {
  const join = async (handle: string) =>
    orThrow(await client.createAccount({ handle, password: PASSWORD, name: handle }));
  const reader = await join("reader");
  const handles = Array.from({ length: AUTHORS }, (_, n) => `author_${n}`);
  const authors = await pMap(handles, join, { concurrency: 4 });
  await pMap(
    Array.from({ length: POSTS }, (_, n) => authors[n % AUTHORS]?.token ?? ""),
    async (token, n) => orThrow(await client.as(token).createPost({ text: `number ${n} of many` })),
    { concurrency: POSTS_AT_ONCE },
  );
  for (const handle of handles) {
    orThrow(await client.as(reader.token).followUser(`@${handle}`));
  }
  return reader.token;
}

/** Reads a page, and measures it. */
async function read(address: string, token: string, query: PageQuery) {
  let header = "";
  const measured = async (request: Request): Promise<Response> => {
    const answer = await fetch(request);
    header = answer.headers.get("server-timing") ?? "";
    return answer;
  };
  const skein = new Skein({ url: address, token, fetch: measured });
  const beganMs = performance.now();
  const { next } = orThrow(await skein.readTimeline(query).page());
  const tookMs = performance.now() - beganMs;
  const timings = header.matchAll(/(\w+);dur=([\d.]+)/g);
  const stages = [...timings].map(([, stage = "", ms]): [string, number] => [stage, Number(ms)]);
  return { next, tookMs, stages };
}

/** A quantile of values. */
function at(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
}
