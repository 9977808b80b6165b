/** The resources of an account, from wrangler's lists. */
import { z } from "zod";
import { CommandError } from "../project.ts";
import type { Wrangler } from "./wrangler.ts";

export interface CloudflareResources {
  /** Database id by name. */
  databases: ReadonlyMap<string, string>;
  /** Namespace id by title. */
  namespaces: ReadonlyMap<string, string>;
  queues: ReadonlySet<string>;
  /** R2 buckets; null for an account, or a token, that has no R2. */
  buckets: ReadonlySet<string> | null;
  /** Secrets of the Worker. */
  secrets: ReadonlySet<string>;
}

const whoamiSchema = z.object({
  loggedIn: z.boolean(),
  email: z.string().optional(),
  accounts: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});
const databasesSchema = z.array(z.object({ uuid: z.string(), name: z.string() }));
const namespacesSchema = z.array(z.object({ id: z.string(), title: z.string() }));
const secretsSchema = z.array(z.object({ name: z.string() }));

/**
 * Checks that a login exists and that it selects one account.
 * @param chosen the account id from the environment or the configuration, if any
 * @returns the login and the account, in words @throws CommandError that says what to do
 */
export async function whoIsLoggedIn(wrangler: Wrangler, chosen: string | null): Promise<string> {
  const { stdout, stderr } = await wrangler.ask(["whoami", "--json"]);
  const parsed = whoamiSchema.safeParse(json(stdout));
  if (!parsed.success) throw new CommandError(`wrangler whoami failed:\n${stderr || stdout}`);
  const { loggedIn, email, accounts } = parsed.data;
  if (!loggedIn) {
    throw new CommandError(
      "wrangler is not logged in to Cloudflare. Either run\n" +
        "  npx wrangler login\n" +
        "or, without a browser, set CLOUDFLARE_API_TOKEN. Then run this again.",
    );
  }
  const account = accounts.find(({ id }) => id === chosen) ?? accounts[0];
  if (accounts.length > 1 && chosen === null) {
    const list = accounts.map(({ id, name }) => `  CLOUDFLARE_ACCOUNT_ID=${id}  # ${name}`);
    throw new CommandError(`The login has several accounts. Set one of these:\n${list.join("\n")}`);
  }
  return `${email ?? "an API token"}, account ${account?.name ?? chosen ?? "unknown"}`;
}

/** Reads the lists one after the other, because concurrent renewals of a login undo each other. */
export async function readResources(wrangler: Wrangler): Promise<CloudflareResources> {
  const databases = databasesSchema.parse(json(await wrangler.read(["d1", "list", "--json"])));
  const namespaces = namespacesSchema.parse(json(await wrangler.read(["kv", "namespace", "list"])));
  return {
    databases: new Map(databases.map(({ name, uuid }) => [name, uuid])),
    namespaces: new Map(namespaces.map(({ title, id }) => [title, id])),
    queues: await readQueues(wrangler),
    buckets: await readBuckets(wrangler),
    secrets: await readSecrets(wrangler),
  };
}

/** wrangler lists queues as tables, page by page; the table after the last page is empty. */
async function readQueues(wrangler: Wrangler): Promise<Set<string>> {
  const queues = new Set<string>();
  for (let page = 1; ; page++) {
    const args = page === 1 ? [] : ["--page", String(page)];
    const names = columnOf("name", await wrangler.read(["queues", "list", ...args]));
    const known = queues.size;
    for (const name of names) queues.add(name);
    if (queues.size === known) return queues;
  }
}

/** What Cloudflare answers without R2: it is not enabled, or the token may not use it. */
const WITHOUT_R2 = /code: 10042|code: 10000|enable R2|Authentication error/;

/** wrangler lists buckets as labelled lines. @throws CommandError if it fails for another reason */
async function readBuckets(wrangler: Wrangler): Promise<Set<string> | null> {
  const { exitCode, stdout, stderr } = await wrangler.ask(["r2", "bucket", "list"]);
  if (exitCode === 0) {
    return new Set([...stdout.matchAll(/^name: +(\S+)$/gm)].map(([, name = ""]) => name));
  }
  if (WITHOUT_R2.test(stderr + stdout)) return null;
  throw new CommandError(`wrangler r2 bucket list failed:\n${stderr || stdout}`);
}

/** The cells below a heading of a table that is drawn with lines. */
export function columnOf(heading: string, table: string): string[] {
  const rows = table
    .split("\n")
    .filter((line) => line.startsWith("│"))
    .map((line) => line.split("│").map((cell) => cell.trim()));
  const column = rows[0]?.indexOf(heading) ?? -1;
  return rows.slice(1).flatMap((cells) => cells[column] ?? []);
}

async function readSecrets(wrangler: Wrangler): Promise<Set<string>> {
  const { exitCode, stdout, stderr } = await wrangler.ask(["secret", "list"]);
  if (exitCode === 0) return new Set(secretsSchema.parse(json(stdout)).map(({ name }) => name));
  // Before the first deploy there is no Worker, so it has no secrets.
  if (/Worker "[^"]+" not found/.test(stderr)) return new Set();
  throw new CommandError(`wrangler secret list failed:\n${stderr || stdout}`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
