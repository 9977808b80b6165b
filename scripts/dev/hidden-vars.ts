/**
 * Loaded into wrangler's process: adds variables of the Worker from the environment to wrangler's flags.
 * wrangler accepts optional secrets only by `--var`, and everybody on a machine can read the arguments
 * of a process, but not its environment.
 */
import { z } from "zod";

/** The name of the environment variable, which holds pairs of name and value as JSON. */
export const HIDDEN_VARS = "SKEIN_HIDDEN_VARS";

const varsSchema = z.array(z.tuple([z.string(), z.string()]));

const hidden = process.env[HIDDEN_VARS];
if (hidden !== undefined) {
  // The processes that wrangler starts do not need it.
  delete process.env[HIDDEN_VARS];
  for (const [name, value] of varsSchema.parse(JSON.parse(hidden))) {
    process.argv.push("--var", `${name}:${value}`);
  }
}
