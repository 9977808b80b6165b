/**
 * The floors of `npm run bench`. Each is the least that a Worker can do for the same answer: a response
 * with the same bytes, the same bytes from one object, the same with one bulk read of KV, and one
 * insert in each of many objects.
 */
import { DurableObject } from "cloudflare:workers";
import pMap from "p-map";
import { COUNTS_CACHE_TTL_S, DELIVERY_CONCURRENCY, PAGE_DEFAULT_ITEMS } from "../../feed/limits.ts";

interface Floors {
  COUNTS: KVNamespace;
  BYTES: DurableObjectNamespace<Bytes>;
  ROWS: DurableObjectNamespace<Rows>;
}

/**
 * Keys without a value, like those of posts without reactions. The emulator reads a value from a file of
 * its own: with values, its cost would be most of a page.
 */
const COUNTS_KEYS = Array.from({ length: PAGE_DEFAULT_ITEMS }, (_, n) => `counts:post-${n}`);
const JSON_HEADERS = { "content-type": "application/json" };

/** The answers of the rows, by the name of the row. */
const answers = new Map<string, string>();
let inserts = 0;

/** Answers the bytes that it was given. */
export class Bytes extends DurableObject {
  #answer = this.ctx.storage.kv.get<string>("answer") ?? "";

  keep(answer: string): void {
    this.#answer = answer;
    this.ctx.storage.kv.put("answer", answer);
  }

  read(): string {
    return this.#answer;
  }
}

/** Inserts rows. */
export class Rows extends DurableObject<Floors> {
  constructor(ctx: DurableObjectState, env: Floors) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body TEXT)");
  }

  insert(id: number, body: string): void {
    this.ctx.storage.sql.exec("INSERT INTO rows (id, body) VALUES (?, ?)", id, body);
  }
}

export default {
  async fetch(request, env) {
    // Parsing a URL is not part of a floor, and neither is a router.
    const [, , , floor = "", row = "", n = ""] = request.url.split("/");
    switch (floor) {
      case "bare":
        return new Response(answers.get(row), { headers: JSON_HEADERS });
      case "object":
        return new Response(await env.BYTES.getByName(`${row}/${n}`).read(), {
          headers: JSON_HEADERS,
        });
      case "kv": {
        const answer = await env.BYTES.getByName(`${row}/${n}`).read();
        await env.COUNTS.get(COUNTS_KEYS, { type: "json", cacheTtl: COUNTS_CACHE_TTL_S });
        return new Response(answer, { headers: JSON_HEADERS });
      }
      case "fan":
        return fan(env, row, Number(n));
      case "keep":
        return keep(env, { row, objects: Number(n), answer: await request.text() });
      default:
        return new Response(null, { status: 404 });
    }
  },
} satisfies ExportedHandler<Floors>;

/** One insert in each of `count` objects, as many at the same time as Skein's deliveries. */
async function fan(env: Floors, body: string, count: number): Promise<Response> {
  const id = inserts++;
  const objects = Array.from({ length: count }, (_, n) => String(n));
  await pMap(objects, (name) => env.ROWS.getByName(name).insert(id, body), {
    concurrency: DELIVERY_CONCURRENCY,
  });
  return new Response(null, { status: 204 });
}

/** Sets the answer of a row, in the Worker and in its objects. */
async function keep(
  env: Floors,
  { row, objects, answer }: { row: string; objects: number; answer: string },
): Promise<Response> {
  answers.set(row, answer);
  for (let n = 0; n < objects; n++) await env.BYTES.getByName(`${row}/${n}`).keep(answer);
  return new Response(null, { status: 204 });
}
