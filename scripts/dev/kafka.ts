/** `EXPORT:kafka` in development: which endpoint, and whether it knows us, before anything starts. */
import { CommandError } from "../project.ts";

const URL_NAME = "KAFKA_REST_URL";
const NAMES = [URL_NAME, "KAFKA_REST_USERNAME", "KAFKA_REST_PASSWORD"] as const;
/** How long the endpoint may take to say whom it knows. */
const ASK_TIMEOUT_MS = 5_000;

/**
 * What wrangler has to be told beside the user's own flags, for the Worker to find the endpoint. One
 * that is down is no reason not to start: events wait for it.
 * @param given variables by `--var`; `known` those of .dev.vars and the environment
 * @throws CommandError in one sentence, if something is not set or the endpoint refuses it
 */
export async function kafkaVars(
  given: ReadonlyMap<string, string>,
  known: NodeJS.Dict<string>,
): Promise<string[]> {
  if (given.get("EXPORT") !== "kafka") return [];
  const values = NAMES.map((name): [string, string] => [
    name,
    given.get(name) ?? known[name] ?? "",
  ]);
  const missing = values.flatMap(([name, value]) => (value === "" ? [name] : []));
  if (missing.length > 0) {
    throw new CommandError(
      `EXPORT is kafka: set ${missing.join(" and ")} in .dev.vars, for an endpoint such as ` +
        "npm run kafka-bridge.",
    );
  }
  const [url = "", username = "", password = ""] = values.map(([, value]) => value);
  if (await isRefused(url, `${username}:${password}`)) {
    throw new CommandError(
      `${url} does not accept KAFKA_REST_USERNAME and KAFKA_REST_PASSWORD: set those of this endpoint.`,
    );
  }
  return values.flatMap(([name, value]) => (given.has(name) ? [] : ["--var", `${name}:${value}`]));
}

/** Asks it to write no records at all, which it refuses too, but in other words. */
async function isRefused(url: string, credentials: string): Promise<boolean> {
  if (!URL.canParse(url)) {
    throw new CommandError(`${URL_NAME} is ${url}, which is no address: it begins with http.`);
  }
  try {
    const { status } = await fetch(new URL("/produce", url), {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
      body: "[]",
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    return status === 401 || status === 403;
  } catch {
    console.warn(`${url} does not answer: events will wait for it.`);
    return false;
  }
}
