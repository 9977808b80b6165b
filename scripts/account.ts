/**
 * `npm run account -- export|delete|suspend|restore @handle`: what an administrator can do with an account. An export goes to
 * the standard output, a JSON object a line.
 *
 * --url    origin of the Skein (http://localhost:8787)
 * --token  its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 */
import { orThrow } from "../client/src/errors.ts";
import { readAdministration } from "./administration.ts";
import { runCommand } from "./project.ts";

const STATES = { delete: "leaving", suspend: "suspended", restore: "active" } as const;

await runCommand(async () => {
  const { administration, action, name } = await readAdministration(
    "npm run account",
    ["export", "delete", "suspend", "restore"],
    "@handle",
  );
  const handle = name.replace(/^@/, "");
  if (action === "export") {
    const print = (line: unknown) => console.log(JSON.stringify(line));
    orThrow(await administration.exportAccount(handle, print));
    return;
  }
  const { id, state } = orThrow(await administration.setAccountState(handle, STATES[action]));
  console.log(`@${handle} (${id}) is ${state}.`);
});
