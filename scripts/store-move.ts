/**
 * `npm run store:move -- --to d1` brings the buckets of a running Skein to other places, evenly, while people use it:
 * to all D1 databases (`d1`), to all Redis databases (`upstash`), or to some of them (`d1:DB_2,upstash:1`). A run that
 * was interrupted is continued by the next one. Each row is compared with its copy before it is deleted.
 *
 * --to       the places, separated by commas
 * --buckets  which buckets, such as 0-99 (0-1023)
 * --url      origin of the Skein (http://localhost:8787)
 * --token    its ADMIN_TOKEN (else from the environment, else from .dev.vars)
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BUCKETS } from "../feed/limits.ts";
import { adminToken, DEFAULT_URL } from "./administration.ts";
import { CommandError, runCommand } from "./project.ts";
import { orThrow, SkeinAdministration } from "../client/src/skein-client.ts";
import type { MoveStep } from "../client/src/wire.ts";
import { administrationAt } from "./clients.ts";
import { durationText, MoveProgress } from "./store-move/progress.ts";

const USAGE =
  "Usage: npm run store:move -- --to d1|upstash|<place>,… [--buckets <first>-<last>] " +
  "[--url <origin>] [--token <ADMIN_TOKEN>]";
/** Pauses between calls that failed one after the other; a place may be away for a while. */
const RETRY_BASE_MS = 500;
const RETRIES_MAX = 10;

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        to: { type: "string", default: "" },
        buckets: { type: "string", default: `0-${BUCKETS - 1}` },
        url: { type: "string", default: DEFAULT_URL },
        token: { type: "string" },
      },
    });
    const to = values.to.split(",").filter(Boolean);
    const [, first, last] = /^(\d{1,4})-(\d{1,4})$/.exec(values.buckets) ?? [];
    if (to.length === 0) throw new Error("--to must name the places.");
    if (first === undefined || last === undefined || !(Number(first) <= Number(last))) {
      throw new Error("--buckets must be a range such as 0-99.");
    }
    const buckets: [number, number] = [Number(first), Number(last)];
    return { ...values, to, buckets };
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}

/** The places that `--to` names. */
function placesTo(to: readonly string[], known: readonly string[]): string[] {
  const named = to.flatMap((name) =>
    known.includes(name) ? [name] : known.filter((place) => place.startsWith(`${name}:`)),
  );
  const unknown = to.find(
    (name) => !named.some((place) => place === name || place.startsWith(`${name}:`)),
  );
  if (unknown === undefined) return [...new Set(named)];
  throw new CommandError(`${unknown} is no place of this Skein: it has ${known.join(", ")}.`);
}

function describe({ from, moving }: MoveStep, progress: MoveProgress): string {
  const share = progress.share();
  const leftMs = progress.leftMs(Date.now());
  const done = share === null ? "" : `${Math.floor(share * 100)} % done`;
  const rest = leftMs === null ? "" : `, about ${durationText(leftMs)} left`;
  if (moving === null) return `${from}: moved. ${done}${rest}`;
  const { phase, table, buckets, copied, compared, deleted } = moving;
  const rows = `${copied} rows copied, ${compared} compared, ${deleted} deleted`;
  return `${from}: ${buckets} buckets, ${phase} ${table}; ${rows}. ${done}${rest}`;
}

/** Makes calls until every bucket is where it is to be. A call that fails in any way ends its run. */
async function moveAll(
  administration: SkeinAdministration,
  body: { to: string[]; buckets: [number, number] },
): Promise<void> {
  const progress = new MoveProgress(Date.now());
  let [run, begin, from, failures] = [randomUUID() as string, true, null as string | null, 0];
  for (;;) {
    const answer = await administration.moveBuckets({ ...body, run, begin, from });
    if (!answer.ok) {
      const { status } = answer.error;
      const isFinal = status !== null && status >= 400 && status < 500;
      if (isFinal || ++failures > RETRIES_MAX) throw answer.error;
      await sleep(RETRY_BASE_MS * failures);
      // The failed call may still be at work: another run ends it.
      [run, begin, from] = [randomUUID(), true, null];
      continue;
    }
    const step = answer.value;
    if (step.stopped !== null) throw new CommandError(step.stopped);
    [begin, failures] = [false, 0];
    progress.note(step);
    if (step.from === null) return;
    console.log(describe(step, progress));
    from = step.moving === null ? null : step.from;
  }
}

await runCommand(async () => {
  const flags = readFlags();
  const token = await adminToken(flags.token, USAGE);
  // A failed call is followed by a run of its own, and not by the same call.
  const administration = new SkeinAdministration({ url: flags.url, token, attempts: 1 });
  const where = async () => orThrow(await administrationAt(flags.url, token).listPlaces()).places;
  const known = (await where()).map(({ name }) => name);
  await moveAll(administration, { to: placesTo(flags.to, known), buckets: flags.buckets });
  for (const { name, buckets } of await where()) console.log(`${name}: ${buckets} buckets`);
});
