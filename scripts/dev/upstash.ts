/** `STORE:upstash` in development: finds the databases and checks that they answer before the start. */
import { z } from "zod";
import { CommandError } from "../project.ts";

const URLS = "UPSTASH_REDIS_REST_URL";
const TOKENS = "UPSTASH_REDIS_REST_TOKEN";
const ADVICE =
  `Start one on this machine with npm run redis, in another terminal, or put ${URLS} and ` +
  `${TOKENS} of an Upstash database into .dev.vars.`;
/** How long a database may take to answer. */
const PING_TIMEOUT_MS = 5_000;

const answerSchema = z.object({ result: z.unknown().optional(), error: z.string().optional() });

/**
 * The variables for the databases that the Worker needs beside those of `--var`.
 * @param given the variables of `--var`
 * @param known the variables of .dev.vars, the environment and wrangler.toml
 * @throws CommandError with one sentence, if no database is set or one does not answer
 */
export async function upstashVars(
  given: ReadonlyMap<string, string>,
  known: NodeJS.Dict<string>,
): Promise<Map<string, string>> {
  const urls = words(given.get(URLS) ?? known[URLS]);
  const tokens = words(given.get(TOKENS) ?? known[TOKENS]);
  const vars = new Map<string, string>();
  // Databases that are not the store may become it later: npm run store:move.
  if (urls.length === tokens.length && urls.length > 0) {
    if (!given.has(URLS)) vars.set(URLS, urls.join(" "));
    if (!given.has(TOKENS)) vars.set(TOKENS, tokens.join(" "));
  }
  if ((given.get("STORE") ?? known["STORE"]) !== "upstash") return vars;
  if (urls.length === 0 || tokens.length === 0) {
    throw new CommandError(`STORE is upstash, but no database is set. ${ADVICE}`);
  }
  if (urls.length !== tokens.length) {
    throw new CommandError(`Set as many tokens in ${TOKENS} as addresses in ${URLS}.`);
  }
  // An address may contain a password, so the message does not repeat it.
  const name = (index: number) =>
    urls.length === 1 ? URLS : `address ${index + 1} of ${urls.length} in ${URLS}`;
  await Promise.all(urls.map((url, index) => assertAnswers(name(index), url, tokens[index] ?? "")));
  return vars;
}

function words(list: string | undefined): string[] {
  return (list ?? "").split(/\s+/).filter(Boolean);
}

async function assertAnswers(name: string, url: string, token: string): Promise<void> {
  const answer = await ping(url, token).catch(() => {
    throw new CommandError(`The Redis database at ${name} does not answer. ${ADVICE}`);
  });
  if (answer.error === undefined) return;
  throw new CommandError(
    /unauthorized|WRONGPASS/i.test(answer.error)
      ? `The Redis database at ${name} does not accept the token: set ${TOKENS} to that of this database.`
      : `The Redis database at ${name} answers "${answer.error}".`,
  );
}

async function ping(url: string, token: string) {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(["PING"]),
    signal: AbortSignal.timeout(PING_TIMEOUT_MS),
  });
  return answerSchema.parse(await response.json());
}
