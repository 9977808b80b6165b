/** `STORE:upstash` in development: which databases, and whether they answer, before anything starts. */
import { z } from "zod";
import { CommandError } from "../project.ts";

const URLS = "UPSTASH_REDIS_REST_URL";
const TOKENS = "UPSTASH_REDIS_REST_TOKEN";
const ADVICE =
  `Start one on this machine with npm run redis, in another terminal, or put ${URLS} and ` +
  `${TOKENS} of an Upstash database into .dev.vars.`;
/** How long a database may take to say that it is there. */
const PING_TIMEOUT_MS = 5_000;

const answerSchema = z.object({ result: z.unknown().optional(), error: z.string().optional() });

/**
 * What wrangler has to be told beside the user's own flags, for the Worker to find its databases.
 * @param given variables by `--var`; `known` those of .dev.vars and the environment
 * @throws CommandError in one sentence, if the databases are not named or do not answer
 */
export async function upstashVars(
  given: ReadonlyMap<string, string>,
  known: NodeJS.Dict<string>,
): Promise<string[]> {
  const urls = words(given.get(URLS) ?? known[URLS]);
  const tokens = words(given.get(TOKENS) ?? known[TOKENS]);
  if (given.get("STORE") !== "upstash") return tellingOf(given, urls, tokens);
  if (urls.length === 0 || tokens.length === 0) {
    throw new CommandError(`STORE is upstash, but there is no database. ${ADVICE}`);
  }
  if (urls.length !== tokens.length) {
    throw new CommandError(`Set as many tokens in ${TOKENS} as addresses in ${URLS}.`);
  }
  await Promise.all(urls.map((url, index) => assertAnswers(url, tokens[index] ?? "")));
  return tellingOf(given, urls, tokens);
}

/** Databases that are not the store may yet become it: npm run store:copy. */
function tellingOf(
  given: ReadonlyMap<string, string>,
  urls: readonly string[],
  tokens: readonly string[],
): string[] {
  if (urls.length === 0 || urls.length !== tokens.length) return [];
  const vars = new Map([
    [URLS, urls.join(" ")],
    [TOKENS, tokens.join(" ")],
  ]);
  return [...vars].flatMap(([name, value]) =>
    given.has(name) ? [] : ["--var", `${name}:${value}`],
  );
}

function words(list: string | undefined): string[] {
  return (list ?? "").split(/\s+/).filter(Boolean);
}

async function assertAnswers(url: string, token: string): Promise<void> {
  const answer = await ping(url, token).catch(() => {
    throw new CommandError(`The Redis database at ${url} does not answer. ${ADVICE}`);
  });
  if (answer.error === undefined) return;
  throw new CommandError(
    /unauthorized|WRONGPASS/i.test(answer.error)
      ? `${url} does not accept the token: set ${TOKENS} to that of this database.`
      : `The Redis database at ${url} answers "${answer.error}".`,
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
