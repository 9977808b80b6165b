/** Moving buckets of a test's world as `npm run store:move` does, and looking at the rows of all places. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import {
  bucketOfKey,
  keyOf,
  type RowPage,
  type Table,
  TABLES,
  textOfKey,
  textOfRow,
} from "../../db/rows.ts";
import { StoreUnavailable } from "../../db/store.ts";
import { BUCKETS } from "../../feed/limits.ts";
import type { PlaceName } from "../../feed/placement.ts";
import type { World } from "./world.ts";
import "./migrations.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      SPARE_0: D1Database;
      SPARE_1: D1Database;
      SPARE_2: D1Database;
    }
  }
}

const SPARE = { DB_2: env.SPARE_0, DB_3: env.SPARE_1, DB_4: env.SPARE_2 };
/** The databases of a Worker that was given three more. */
export const MORE_DATABASES = { DB_0: env.DB_0, ...SPARE };

/** Applies the migrations to the further databases. */
export async function migrateMore(): Promise<void> {
  for (const database of Object.values(SPARE)) {
    await applyD1Migrations(database, env.TEST_MIGRATIONS);
  }
}

/** What a call of the mover's route answers. */
export interface MoveAnswer {
  from: string | null;
  left: number | null;
  stopped: string | null;
  moving: { phase: string; buckets: number; copied: number } | null;
}

let runs = 0;

/** A mover that a test drives call by call. */
export class TestMover {
  readonly #world: World;
  readonly #to: readonly PlaceName[];
  readonly #buckets: readonly [number, number];
  #run = `run ${runs++} of the test`;
  #begin = true;
  #from: string | null = null;

  constructor(
    world: World,
    to: readonly PlaceName[],
    buckets: readonly [number, number] = [0, BUCKETS - 1],
  ) {
    this.#world = world;
    this.#to = to;
    this.#buckets = buckets;
  }

  /** Makes the next call. @returns whether every bucket is where it is to be */
  async call(): Promise<boolean> {
    const answer = await this.#world.call<MoveAnswer>("POST", "/v1/admin/store/move", {
      token: this.#world.env.ADMIN_TOKEN,
      body: {
        run: this.#run,
        begin: this.#begin,
        from: this.#from,
        to: this.#to,
        buckets: this.#buckets,
      },
    });
    const { body, status } = answer;
    if (status === 503) {
      // A place was slow. As the command does, another run goes on.
      [this.#run, this.#begin, this.#from] = [`run ${runs++} of the test`, true, null];
      return false;
    }
    if (status !== 200)
      throw new Error(`the mover was answered ${status}: ${JSON.stringify(body)}`);
    if (body.stopped !== null) throw new Error(body.stopped);
    this.#begin = false;
    // A finished move has no state; the next call looks for what is left.
    this.#from = body.moving === null ? null : body.from;
    return body.from === null;
  }

  /** Makes calls until every bucket is where it is to be. */
  async all(): Promise<void> {
    while (!(await this.call()));
  }

  /** The same while something else is done over and over, until the last call. */
  async allWhile(work: () => Promise<void>): Promise<void> {
    let ended = false;
    const moved = this.all().finally(() => (ended = true));
    const isOver = () => ended;
    while (!isOver()) await work();
    await moved;
  }
}

/** Makes a call once more if a place was slow. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return call();
  }
}

/** All rows of all places, by table, each as text with its key. @throws if a row is not where its bucket is */
export async function allRows(
  world: World,
  tables: readonly Table[] = TABLES,
): Promise<Map<Table, Map<string, string>>> {
  const { router } = world.deps;
  const at = await router.locate();
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
  const all = new Map<Table, Map<string, string>>();
  for (const table of tables) {
    const rows = new Map<string, string>();
    for (const { name, mover } of router.places) {
      let cursor: string | null = null;
      do {
        const position: string | null = cursor;
        const piece: RowPage<Table> | undefined = await again(async () =>
          mover?.read(table, position, buckets),
        );
        for (const row of piece?.rows ?? []) {
          const key = keyOf(table, row);
          const bucket = bucketOfKey(table, key);
          if (at(bucket) !== name) {
            throw new Error(
              `${table} ${key.join()} is in ${name}, and its bucket in ${at(bucket)}`,
            );
          }
          rows.set(textOfKey(key), textOfRow(row));
        }
        cursor = piece?.next ?? null;
      } while (cursor !== null);
    }
    all.set(table, rows);
  }
  return all;
}
