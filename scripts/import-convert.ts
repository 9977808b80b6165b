/**
 * `npm run -s import:convert -- mastodon|bluesky|follows <path>… > file.ndjson` turns what people take with them from
 * elsewhere into lines for `npm run import`. Archives that belong together are converted together: a reply, a like or a
 * repost needs the post that it is about, and a follow needs the account. What is left out is said at the end.
 *
 * mastodon  archives of Mastodon, unpacked or as .tar.gz, with following_accounts.csv in the folder if there is one
 * bluesky   repositories of Bluesky (.car)
 * follows   CSV files with a follower's and a followee's handle in each row
 *
 * --handles FILE  a CSV with an address elsewhere (ada@social.example, or did:plc:…) and a handle here in each row
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { converted, isSource, SOURCES } from "./import/convert/convert.ts";
import { Handles } from "./import/convert/handles.ts";
import { LeftOut } from "./import/convert/left-out.ts";
import { CommandError, runCommand } from "./project.ts";

const USAGE =
  "Usage: npm run -s import:convert -- mastodon|bluesky|follows <path>… [--handles <file.csv>] > file.ndjson";

function readFlags() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { handles: { type: "string" } },
    });
    const [from, ...paths] = positionals;
    if (from === undefined || !isSource(from))
      throw new Error(`Name one of ${SOURCES.join(", ")}.`);
    if (paths.length === 0) throw new Error("Name a file.");
    return { ...values, from, paths };
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}

/** Writes text, and waits until the reader of the output has taken it. */
async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once("drain", () => resolve()));
}

await runCommand(async () => {
  const flags = readFlags();
  const { handles: file } = flags;
  const handles = new Handles(file === undefined ? "" : await readFile(file, "utf8"));
  const leftOut = new LeftOut();
  for await (const line of converted(flags, handles, leftOut)) {
    await print(`${JSON.stringify(line)}\n`);
  }
  for (const text of leftOut.inWords()) console.error(text);
});
