/** `EXPORT:kafka` in development: finds the endpoint and checks its password before the start. */
import { CommandError } from "../project.ts";

const URL_NAME = "KAFKA_REST_URL";
const NAMES = [URL_NAME, "KAFKA_REST_USERNAME", "KAFKA_REST_PASSWORD"] as const;
/** How long the endpoint may take to check the password. */
const ASK_TIMEOUT_MS = 5_000;

/**
 * The variables for the endpoint that the Worker needs beside those of `--var`. An endpoint that is down
 * does not prevent the start, because events wait for it.
 * @param given the variables of `--var`
 * @param known the variables of .dev.vars, the environment and wrangler.toml
 * @throws CommandError with one sentence, if a variable is missing or the endpoint refuses it
 */
export async function kafkaVars(
  given: ReadonlyMap<string, string>,
  known: NodeJS.Dict<string>,
): Promise<Map<string, string>> {
  if ((given.get("EXPORT") ?? known["EXPORT"]) !== "kafka") return new Map();
  const values = new Map(NAMES.map((name) => [name, given.get(name) ?? known[name] ?? ""]));
  const missing = NAMES.filter((name) => values.get(name) === "");
  if (missing.length > 0) {
    throw new CommandError(
      `EXPORT is kafka: set ${missing.join(" and ")} in .dev.vars, for an endpoint such as ` +
        "npm run kafka-bridge.",
    );
  }
  const [url = "", username = "", password = ""] = values.values();
  if (await isRefused(url, `${username}:${password}`)) {
    throw new CommandError(
      `The endpoint at ${URL_NAME} does not accept KAFKA_REST_USERNAME and KAFKA_REST_PASSWORD: ` +
        "set those of this endpoint.",
    );
  }
  return new Map([...values].filter(([name]) => !given.has(name)));
}

/** Asks it to write no records, which it refuses with another error than a wrong password. */
async function isRefused(url: string, credentials: string): Promise<boolean> {
  // An address may contain a password, so the message does not repeat it.
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new CommandError(`${URL_NAME} is not a URL. Set it to one that begins with https://.`);
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
    console.warn(`The endpoint at ${URL_NAME} does not answer: events will wait for it.`);
    return false;
  }
}
