/**
 * `npm run rank:log -- --out LOG.jsonl` writes the training log of a running Skein: a line for each
 * logged page, with its viewer's actions. `--events EVENTS.jsonl` makes a log from exported events.
 *
 * --out      the file of the log
 * --url      origin of the Skein (http://localhost:8787)
 * --token    its ADMIN_TOKEN (else from the environment, else from .dev.vars)
 * --recent   "true" includes pages of the last hour, whose actions may still grow
 * --events   the events, one per line, in any order, as `kcat -C -e -q -t skein-events` writes them
 */
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type Event, eventSchema } from "../feed/export/events.ts";
import { logLineText } from "../feed/rank/training-log.ts";
import { adminToken, DEFAULT_URL } from "./administration.ts";
import { administrationAt } from "./clients.ts";
import { CommandError, runCommand } from "./project.ts";
import { Lines } from "./rank/lines.ts";
import { logOfEvents } from "./rank/log-of-events.ts";
import { needed, readFlags } from "./rank/options.ts";

const USAGE =
  "npm run rank:log -- --out LOG.jsonl " +
  "[--url ORIGIN] [--token TOKEN] [--recent true] | --events EVENTS.jsonl";

/** Reads events line by line, and skips invalid lines with a message. */
async function readEvents(file: string): Promise<Event[]> {
  await access(file).catch(() => {
    throw new CommandError(`${file} does not exist.\nUsage: ${USAGE}`);
  });
  const events: Event[] = [];
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number++;
    if (text.trim() === "") continue;
    const parsed = eventSchema.safeParse(asJson(text));
    if (parsed.success) events.push(parsed.data);
    else console.error(`${file}:${number}: skipped: it is not an event of a known form`);
  }
  return events;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The lines of the requested log. */
async function* linesOf(flag: (name: string) => string | null): AsyncGenerator<string> {
  const file = flag("events");
  if (file !== null) {
    for (const page of logOfEvents(await readEvents(file))) yield logLineText(page);
    return;
  }
  const recent = flag("recent") ?? "false";
  if (recent !== "true" && recent !== "false") throw new CommandError(`Usage: ${USAGE}`);
  const token = await adminToken(flag("token") ?? undefined, USAGE);
  const administration = administrationAt(flag("url") ?? DEFAULT_URL, token);
  yield* administration.readRankLog({ recent: recent === "true" }).items();
}

await runCommand(async () => {
  const flag = readFlags(["events", "out", "url", "token", "recent"]);
  const out = needed(flag("out"), USAGE);
  const log = new Lines(out);
  let pages = 0;
  for await (const line of linesOf(flag)) {
    await log.write(line);
    pages++;
  }
  await log.end();
  const file = flag("events");
  if (pages === 0 && file !== null) {
    throw new CommandError(
      `${file} has no impression of a post that it contains. Export more events.`,
    );
  }
  console.log(
    `${out} has ${pages} pages. To train a model: npm run train -- --log ${out} --out model.json`,
  );
});
