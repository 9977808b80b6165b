/**
 * `npm run rank:log -- --events EVENTS.jsonl --out LOG.jsonl` makes a training log from exported events.
 *
 * --events   the events, one a line, in any order, as `kcat -C -e -q -t skein-events` writes them
 * --out      where the log goes
 */
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type Event, eventSchema } from "../feed/events.ts";
import { logLineText } from "../feed/rank/log.ts";
import { CommandError, runCommand } from "./project.ts";
import { Lines } from "./rank/lines.ts";
import { logOfEvents } from "./rank/log-of-events.ts";
import { needed, readFlags } from "./rank/options.ts";

const USAGE = "npm run rank:log -- --events EVENTS.jsonl --out LOG.jsonl";

/** Reads events line by line; a line that is none is named and left out. */
async function readEvents(file: string): Promise<Event[]> {
  await access(file).catch(() => {
    throw new CommandError(`There is no ${file}.\nUsage: ${USAGE}`);
  });
  const events: Event[] = [];
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number++;
    if (text.trim() === "") continue;
    const parsed = eventSchema.safeParse(asJson(text));
    if (parsed.success) events.push(parsed.data);
    else console.error(`${file}:${number}: skipped: it is no event of a form known here`);
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

await runCommand(async () => {
  const flag = readFlags(["events", "out"]);
  const [file, out] = [needed(flag("events"), USAGE), needed(flag("out"), USAGE)];
  const pages = logOfEvents(await readEvents(file));
  if (pages.length === 0) {
    throw new CommandError(`${file} tells of nobody who saw a post that it tells of.`);
  }
  const log = new Lines(out);
  for (const page of pages) await log.write(logLineText(page));
  await log.end();
  console.log(
    `${out} has ${pages.length} pages. Learn from it: npm run train -- --log ${out} --out model.json`,
  );
});
