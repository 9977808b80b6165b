/**
 * Loaded into wrangler's process: adds variables of the Worker to its flags that came by the
 * environment. wrangler takes secrets that are not required only by `--var`, and the arguments of a
 * process can be read by everybody on its machine, unlike its environment.
 */
import { z } from "zod";

/** Names the variable of the environment: pairs of name and value, as JSON. */
export const HIDDEN_VARS = "SKEIN_HIDDEN_VARS";

const varsSchema = z.array(z.tuple([z.string(), z.string()]));

const hidden = process.env[HIDDEN_VARS];
if (hidden !== undefined) {
  // What wrangler starts needs none of it.
  delete process.env[HIDDEN_VARS];
  for (const [name, value] of varsSchema.parse(JSON.parse(hidden))) {
    process.argv.push("--var", `${name}:${value}`);
  }
}
