/** Sign-ups with Turnstile: the built Worker, and a stand-in for the service that checks answers. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Result, Skein, type SignedIn } from "../../client/src/skein-client.ts";
import { CHALLENGE_TIMEOUT_MS } from "../../feed/limits-protection.ts";
import { type Server, startServer } from "./server.ts";
import { standIn, type StandIn } from "./stand-in.ts";

const SITE_KEY = "0x4AAAAAAAtest";
const SECRET = "the-secret-of-the-widget";

/** What the service does with requests. */
let trouble: "none" | "error" | "silence" | "no JSON" | "wrong secret";
/** Answers that it has not seen yet, as the widget made them. */
const good = new Set<string>();
let asked: { secret: string | null; response: string | null }[];
let service: StandIn;
let server: Server;

beforeAll(async () => {
  service = await standIn((_, body, response) => {
    const form = new URLSearchParams(body);
    asked.push({ secret: form.get("secret"), response: form.get("response") });
    if (trouble === "silence") return;
    if (trouble === "error") return void response.writeHead(500).end();
    if (trouble === "no JSON") return void response.writeHead(200).end("<html>");
    const refusal = (code: string) =>
      JSON.stringify({ success: false, "error-codes": [code], messages: [] });
    if (trouble === "wrong secret") {
      return void response.writeHead(400).end(refusal("invalid-input-secret"));
    }
    const passes = good.delete(form.get("response") ?? "");
    if (!passes) return void response.writeHead(200).end(refusal("timeout-or-duplicate"));
    const verdict = { success: true, "error-codes": [], hostname: "127.0.0.1", action: "sign-up" };
    response.writeHead(200).end(JSON.stringify(verdict));
  });
  server = await startServer({
    TURNSTILE_SITE_KEY: SITE_KEY,
    TURNSTILE_SECRET: SECRET,
    TURNSTILE_VERIFY_URL: `${service.origin}/siteverify`,
  });
});
afterAll(async () => {
  await server.close();
  service.close();
});
beforeEach(() => {
  trouble = "none";
  asked = [];
});

/** Signs up. @param challenge undefined leaves it out */
function signUp(challenge?: string): Promise<Result<SignedIn>> {
  const handle = `t_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  const account = { handle, password: "a-password-for-tests" };
  const skein = new Skein({ url: server.url.origin, attempts: 1 });
  return skein.createAccount(challenge === undefined ? account : { ...account, challenge });
}

function failure(result: Result<SignedIn>) {
  return result.ok
    ? null
    : { code: result.error.code, retries: result.error.retryAfterMs !== null };
}

it("a sign-up passes with an answer of the widget, once", async () => {
  good.add("one answer");
  const first = await signUp("one answer");
  expect(first).toMatchObject({ ok: true });
  expect(asked).toEqual([{ secret: SECRET, response: "one answer" }]);
  expect(failure(await signUp("one answer"))).toEqual({ code: "challenge_failed", retries: false });
});

it("a sign-up without an answer, or with one that the service does not know, is refused", async () => {
  expect(failure(await signUp())).toEqual({ code: "challenge_failed", retries: false });
  expect(failure(await signUp(""))).toEqual({ code: "challenge_failed", retries: false });
  expect(asked).toEqual([]);
  expect(failure(await signUp("made up"))).toEqual({ code: "challenge_failed", retries: false });
  expect(asked).toHaveLength(1);
});

it.each(["error", "no JSON", "wrong secret", "silence"] as const)(
  "a sign-up is told to come back while the service has trouble: %s",
  async (kind) => {
    trouble = kind;
    good.add("kept");
    expect(failure(await signUp("kept"))).toEqual({ code: "unavailable", retries: true });
    trouble = "none";
    expect(await signUp("kept")).toMatchObject({ ok: true });
  },
  CHALLENGE_TIMEOUT_MS + 30_000,
);

it("a sign-in needs no answer", async () => {
  good.add("another answer");
  const made = await signUp("another answer");
  if (!made.ok) throw made.error;
  asked = [];
  const skein = new Skein({ url: server.url.origin });
  const { handle } = made.value.user;
  const signedIn = await skein.createSession({ handle, password: "a-password-for-tests" });
  expect(signedIn).toMatchObject({ ok: true });
  expect(asked).toEqual([]);
});

it("the page has the site key, is sent whole each time, and may load the widget", async () => {
  const page = await fetch(server.url);
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(await page.text()).toContain(`<meta name="turnstile-site-key" content="${SITE_KEY}" />`);
  expect(policy).toMatch(/script-src 'self' https:\/\/challenges\.cloudflare\.com(;|$)/);
  expect(policy).toMatch(/frame-src https:\/\/challenges\.cloudflare\.com(;|$)/);
  const again = await fetch(server.url, { headers: { "if-none-match": '"anything"' } });
  expect([again.status, again.headers.get("etag")]).toEqual([200, null]);
});
