/**
 * `npm run store:copy -- --from d1 --to upstash` (or back) copies all data of a running Skein from one
 * store to the other, through its Worker, and then compares every row. An interrupted copy continues
 * where it stopped. Nobody may write meanwhile: set CLOSED to "on" before.
 *
 * --url         origin of the Skein (http://localhost:8787)
 * --token       its ADMIN_TOKEN (else from the environment, else from .dev.vars)
 * --restart     copies from the beginning, whatever was copied before
 * --check       only compares
 * --while-open  copies an open Skein; data written meanwhile may be missing
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { orThrow } from "../client/src/errors.ts";
import type { CopiedRows, RowsToCopy, SkeinAdministration } from "../client/src/skein-client.ts";
import { type Table, TABLES } from "../db/rows.ts";
import { adminToken, DEFAULT_URL } from "./administration.ts";
import { administrationAt } from "./clients.ts";
import { CommandError, ROOT, runCommand } from "./project.ts";
import { compare } from "./store-copy/compare.ts";
import { Progress } from "./store-copy/progress.ts";

type StoreName = RowsToCopy["from"];

const STORES: readonly StoreName[] = ["d1", "upstash"];
const USAGE =
  "Usage: npm run store:copy -- --from d1|upstash --to d1|upstash " +
  "[--url <origin>] [--token <ADMIN_TOKEN>] [--restart] [--check] [--while-open]";
/** Rows between two lines of progress. */
const PROGRESS_EVERY = 5_000;

interface Copy {
  administration: SkeinAdministration;
  from: StoreName;
  to: StoreName;
  whileOpen: boolean;
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        from: { type: "string", default: "" },
        to: { type: "string", default: "" },
        url: { type: "string", default: DEFAULT_URL },
        token: { type: "string" },
        restart: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        "while-open": { type: "boolean", default: false },
      },
    });
    const from = STORES.find((store) => store === values.from);
    const to = STORES.find((store) => store === values.to);
    if (from === undefined || to === undefined || from === to) {
      throw new Error("--from and --to must name two different stores.");
    }
    return { ...values, from, to };
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}

/** Copies all tables, from where an earlier run stopped. */
async function carry(copy: Copy, progress: Progress): Promise<void> {
  const cutOff = await progress.read();
  if (cutOff !== null) {
    console.log(`Continuing with ${cutOff.table}, after ${cutOff.rows} rows of it.`);
  }
  const first = TABLES.findIndex((table) => table === cutOff?.table);
  for (const [index, table] of TABLES.entries()) {
    if (index < first) continue;
    const start = index === first && cutOff !== null ? cutOff : { cursor: null, rows: 0 };
    const rows = await carryTable(copy, progress, { ...start, table });
    console.log(`${table}: ${rows} rows copied`);
  }
  await progress.write(null);
}

async function carryTable(
  { administration, from, to, whileOpen }: Copy,
  progress: Progress,
  start: { table: Table; cursor: string | null; rows: number },
): Promise<number> {
  const { table } = start;
  let { cursor, rows } = start;
  do {
    const piece: CopiedRows = orThrow(
      await administration.copyRows({ from, to, table, cursor, whileOpen }),
    );
    const before = rows;
    rows += piece.rows;
    cursor = piece.next;
    await progress.write({ table, cursor, rows });
    if (Math.floor(before / PROGRESS_EVERY) < Math.floor(rows / PROGRESS_EVERY)) {
      console.log(`${table}: ${rows} rows …`);
    }
  } while (cursor !== null);
  return rows;
}

/** Compares all tables. @throws CommandError if the stores do not hold the same */
async function check({ administration, from, to }: Copy): Promise<void> {
  let faults = 0;
  for (const table of TABLES) {
    const { rows, missing, different, extra } = await compare(administration, { from, to, table });
    const wrong = missing + different + extra;
    faults += wrong;
    const outcome =
      wrong === 0
        ? "the same in both"
        : `${missing} missing, ${different} different, ${extra} extra`;
    console.log(`${table}: ${rows} rows, ${outcome}`);
  }
  if (faults === 0) return;
  throw new CommandError(
    `${from} and ${to} differ in ${faults} rows: somebody wrote meanwhile, or ${to} was not empty. ` +
      `Close Skein (CLOSED = "on"), and copy it with --restart.`,
  );
}

await runCommand(async () => {
  const flags = readFlags();
  const { from, to, url } = flags;
  const copy = {
    administration: administrationAt(url, await adminToken(flags.token, USAGE)),
    from,
    to,
    whileOpen: flags["while-open"],
  };
  const path = join(ROOT, ".wrangler/store-copy.json");
  const progress = new Progress(path, `${from} to ${to} at ${url}`);
  if (flags.restart) await progress.write(null);
  if (!flags.check) await carry(copy, progress);
  console.log("Comparing every row …");
  await check(copy);
  console.log(`All data of ${from} is in ${to}. To use it: STORE = "${to}".`);
});
