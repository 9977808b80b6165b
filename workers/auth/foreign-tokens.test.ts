import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RETRY_AFTER_S } from "../../feed/limits.ts";
import { FOREIGN_TOKEN_TTL_MAX_S, SESSION_TRUSTED_MS } from "../../feed/limits-sessions.ts";
import type { Problem, Session, User } from "../../feed/wire.ts";
import { signToken } from "../../test/workerd/bad-tokens.ts";
import { watchedDatabase } from "../../test/workerd/doubles.ts";
import { World } from "../../test/workerd/world.ts";
import { readConfig } from "../config.ts";
import { linkIdentity } from "./identities.ts";

function readMe<T = User>(world: World, token: string) {
  return world.call<T>("GET", "/v1/me", { token });
}

describe("a token of another issuer", () => {
  const ISSUER = "https://id.example.test";
  let issuers = 0;
  let jwksUrl: string;
  let world: World;
  let ada: Session;
  let fetched: string[];
  let serve: () => Response | Promise<Response>;

  /** The subject of ada, another one in each test. */
  const SUB = (): string => `the person ${issuers}`;
  const trusting = (more: Record<string, unknown>, bindings: object = {}): World => {
    const entry = { issuer: ISSUER, audience: "our feed", jwks: jwksUrl, ...more };
    return new World({ TRUSTED_ISSUERS: JSON.stringify([entry]), ...bindings });
  };

  beforeEach(async () => {
    // Keys are kept by the address of the key set, so each test has one of its own.
    jwksUrl = `${ISSUER}/${issuers++}/jwks.json`;
    world = trusting({});
    ada = await world.account();
    await linkIdentity(world.deps.store, { account: ada.user.id, issuer: ISSUER, sub: SUB() });
    fetched = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      fetched.push(input instanceof Request ? input.url : String(input));
      return serve();
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function keyPair(alg: string, kid: string) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
    return { alg, kid, jwk, privateKey };
  }

  interface Made {
    issuer?: string;
    audience?: string;
    subject?: string;
    expires?: string | number;
    /** Claims and header fields to add. */
    claims?: Record<string, unknown>;
    header?: Record<string, string>;
    issuedAtS?: number;
  }

  function sign(key: { alg: string; kid: string; privateKey: CryptoKey }, made: Made = {}) {
    return new SignJWT(made.claims ?? {})
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...made.header })
      .setIssuer(made.issuer ?? ISSUER)
      .setAudience(made.audience ?? "our feed")
      .setSubject(made.subject ?? SUB())
      .setIssuedAt(made.issuedAtS)
      .setExpirationTime(made.expires ?? "10 minutes")
      .sign(key.privateKey);
  }

  const publish = (...keys: { jwk: JWK }[]) => {
    serve = () => Response.json({ keys: keys.map(({ jwk }) => jwk) });
  };

  async function expectRefused(token: string): Promise<void> {
    const { status, body } = await readMe<Problem>(world, token);
    expect([status, body.code]).toEqual([401, "unauthenticated"]);
  }

  it.each(["RS256", "ES256", "EdDSA"])("is taken if it is signed by its keys (%s)", async (alg) => {
    const key = await keyPair(alg, "first");
    publish(key);
    for (let n = 0; n < 3; n++) {
      const { status, body } = await readMe(world, await sign(key));
      expect([status, body.id]).toEqual([200, ada.user.id]);
    }
    expect(fetched).toEqual([jwksUrl]);
  });

  it("publishes for its account like one of Skein's own, which are taken too", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    const session = { ...ada, token: await sign(key) };
    const id = await world.post(session, "hello");
    expect(await world.scroll(ada)).toEqual([id]);
  });

  it("is refused with another audience or issuer, without an expiry, or expired", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    const nowS = Math.floor(Date.now() / 1000);
    await expectRefused(await sign(key, { audience: "skein" }));
    await expectRefused(await sign(key, { issuer: "https://elsewhere.test" }));
    await expectRefused(await sign(key, { issuer: "skein", audience: "skein" }));
    await expectRefused(await sign(key, { expires: nowS - 5 }));
    await expectRefused(await sign(key, { subject: "ada@example.test" }));
    await expectRefused(
      await new SignJWT()
        .setProtectedHeader({ alg: "ES256", kid: "first" })
        .setIssuer(ISSUER)
        .setAudience("our feed")
        .setSubject(SUB())
        .sign(key.privateKey),
    );
  });

  it("is refused if it is signed by a key that is not published", async () => {
    const [published, other] = [await keyPair("ES256", "first"), await keyPair("ES256", "first")];
    publish(published);
    await expectRefused(await sign(other));
    await expectRefused(await sign({ ...other, kid: "unknown" }));
  });

  it("is refused if it is signed by a secret: Skein's own, or the public key as one", async () => {
    const key = await keyPair("RS256", "first");
    publish(key);
    const claims = { iss: ISSUER, aud: "our feed", sub: SUB() };
    await expectRefused(await signToken(world.deps.config.SIGNING_KEY, claims));
    const asSecret = new TextEncoder().encode(JSON.stringify(key.jwk));
    await expectRefused(await signToken(asSecret, claims));
  });

  it("is refused for who has no account here", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    await expectRefused(await sign(key, { subject: "00000000000000ZZ" }));
  });

  it.each<[string, () => Response | Promise<Response>]>([
    ["does not answer", () => Promise.reject(new TypeError("fetch failed"))],
    ["is too slow", () => Promise.reject(new DOMException("too slow", "TimeoutError"))],
    ["answers 500", () => new Response("out of order", { status: 500 })],
    ["answers 404", () => Response.json({ keys: [] }, { status: 404 })],
    ["answers with a page", () => new Response("<html>")],
    ["answers with other JSON", () => Response.json({ hello: "world" })],
  ])("is no worse than unchecked while its issuer %s", async (_, answer) => {
    const key = await keyPair("ES256", "first");
    const token = await sign(key);
    serve = answer;
    const { status, body, headers } = await readMe<Problem>(world, token);
    expect([status, body.code]).toEqual([503, "unavailable"]);
    expect(headers.get("retry-after")).toBe(String(RETRY_AFTER_S));
    // Skein's own need nobody else.
    expect((await readMe(world, ada.token)).status).toBe(200);
    publish(key);
    expect((await readMe(world, token)).status).toBe(200);
  });

  it("costs no fetch if nobody trusts its issuer", async () => {
    publish();
    const key = await keyPair("ES256", "first");
    await expectRefused(await sign(key, { issuer: "https://elsewhere.test" }));
    expect(fetched).toEqual([]);
  });

  it("is refused for a subject that is not linked, although it is the id of an account", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    await expectRefused(await sign(key, { subject: ada.user.id }));
    await expectRefused(await sign(key, { subject: ada.user.handle }));
  });

  it("is refused if it is of another kind, lives too long, has no time or one in the future", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    const nowS = Math.floor(Date.now() / 1000);
    const at = (issuedAtS: number, lifeS: number): Made => ({
      issuedAtS,
      expires: issuedAtS + lifeS,
    });
    await expectRefused(await sign(key, { header: { typ: "logout+jwt" } }));
    await expectRefused(await sign(key, at(nowS, FOREIGN_TOKEN_TTL_MAX_S + 1)));
    await expectRefused(await sign(key, at(nowS + 300, 600)));
    await expectRefused(await sign(key, { claims: { nbf: nowS + 300 } }));
    for (const made of [at(nowS, FOREIGN_TOKEN_TTL_MAX_S), { header: { typ: "at+jwt" } }]) {
      expect((await readMe(world, await sign(key, made))).status).toBe(200);
    }
  });

  it("stops within a minute of its subject being unlinked, by every isolate", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    const token = await sign(key);
    const elsewhere = trusting({});
    for (const one of [world, elsewhere]) expect((await readMe(one, token)).status).toBe(200);
    const path = `/v1/me/identities/${encodeURIComponent(ISSUER)}`;
    expect((await world.call("DELETE", path, { token: ada.token })).status).toBe(204);
    await expectRefused(token);
    const laterMs = elsewhere.deps.nowMs() + SESSION_TRUSTED_MS;
    vi.spyOn(Date, "now").mockReturnValue(laterMs);
    expect((await readMe(elsewhere, token)).status).toBe(401);
  });

  it("links its subject to the account that sends it, unless it is linked to another one", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    const path = `/v1/me/identities/${encodeURIComponent(ISSUER)}`;
    const link = async (session: Session, token: string, at = path) => {
      const sending = { token: session.token, body: { token } };
      return (await world.call<Problem>("PUT", at, sending)).status;
    };
    const bob = await world.account();
    const bobs = await sign(key, { subject: `bob ${issuers}` });
    await expectRefused(bobs);
    expect(await link(bob, bobs)).toBe(200);
    expect((await readMe(world, bobs)).body.id).toBe(bob.user.id);
    expect(await link(bob, bobs)).toBe(200);
    expect(await link(bob, await sign(key))).toBe(403);
    expect(await link(bob, ada.token)).toBe(401);
    expect(await link(bob, bobs, "/v1/me/identities/https%3A%2F%2Fother.example")).toBe(404);
  });

  it("makes an account at the first sight of its subject where its entry says so, and one alone", async () => {
    const key = await keyPair("ES256", "first");
    publish(key);
    const worlds = Array.from({ length: 4 }, () => trusting({ signUp: true }));
    const subject = `newcomer ${issuers}`;
    const claims = { preferred_username: "New.Comer@example.test" };
    const token = await sign(key, { subject, claims });
    await expectRefused(token);
    const answers = await Promise.all(worlds.map((one) => readMe(one, token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers[0]?.body.handle).toMatch(/^newcomer_\w{8}$/);
    // The link holds from then on, also where nobody signs up.
    expect((await readMe(trusting({}), token)).body.id).toBe(answers[0]?.body.id);
    const unnamed = await sign(key, { subject: `unnamed ${issuers}` });
    expect((await readMe(worlds[0] ?? world, unnamed)).body.handle).toMatch(/^user_\w{8}$/);
  });

  it("reads a warm page without asking a store", async () => {
    let queries = 0;
    const watched = (real: D1Database) => watchedDatabase(real, () => queries++);
    const counted = trusting({}, { DB_0: watched(env.DB_0), DB_1: watched(env.DB_1) });
    const key = await keyPair("ES256", "first");
    publish(key);
    const session = { ...ada, token: await sign(key) };
    await counted.post(ada, "hello");
    await counted.scroll(session);
    queries = 0;
    expect(await counted.scroll(session)).toHaveLength(1);
    expect(queries).toBe(0);
  });

  it("has no issuer by another way than https, or by Skein's own name", () => {
    const entry = { issuer: ISSUER, audience: "our feed", jwks: jwksUrl };
    const configured = (more: object) => () =>
      readConfig({ ...world.env, TRUSTED_ISSUERS: JSON.stringify([{ ...entry, ...more }]) });
    expect(configured({})).not.toThrow();
    expect(configured({ jwks: "http://localhost:4444/jwks.json" })).not.toThrow();
    expect(configured({ jwks: "http://id.example/jwks.json" })).toThrow(/TRUSTED_ISSUERS/);
    expect(configured({ issuer: "http://id.example" })).toThrow(/TRUSTED_ISSUERS/);
    expect(configured({ issuer: "skein" })).toThrow(/TRUSTED_ISSUERS/);
  });
});
