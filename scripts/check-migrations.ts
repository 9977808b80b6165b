/** Fails if a change of the schema has no migration, because nobody ran `npm run db:generate`. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";

const SCHEMA = "db/d1/schema.ts";
const MIGRATIONS = "db/d1/migrations";

// Inside the repository, because drizzle-kit takes only paths below the folder that it runs in.
const trial = relative(".", await mkdtemp(join(process.cwd(), "node_modules/.migrations-")));
try {
  await cp(MIGRATIONS, trial, { recursive: true });
  const generate = ["generate", "--dialect=sqlite", `--schema=${SCHEMA}`, `--out=${trial}`];
  const { all } = await execa("drizzle-kit", generate, {
    all: true,
    preferLocal: true,
    // Where it would ask a question (was this column renamed?), it fails without a terminal but exits
    // with 0. So the check passes only if it prints that nothing has changed.
    stdin: "ignore",
    timeout: 60_000,
  });
  if (!all.includes("No schema changes")) {
    console.error(all);
    console.error(`${SCHEMA} is ahead of ${MIGRATIONS}: run \`npm run db:generate\``);
    process.exitCode = 1;
  }
} finally {
  await rm(trial, { recursive: true });
}
