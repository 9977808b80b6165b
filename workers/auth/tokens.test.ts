import { env } from "cloudflare:workers";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RETRY_AFTER_S } from "../../feed/limits.ts";
import type { Problem, Session, User } from "../../feed/wire.ts";
import { badTokens, signToken } from "../../test/workerd/bad-tokens.ts";
import { watchedDatabase } from "../../test/workerd/doubles.ts";
import { World } from "../../test/workerd/world.ts";

function readMe<T = User>(world: World, token: string) {
  return world.call<T>("GET", "/v1/me", { token });
}

describe("a token of Skein", () => {
  it("is good until it expires, and not after", async () => {
    const world = new World({ ACCESS_TOKEN_TTL_S: "600" });
    const { deps } = world;
    const startedMs = Date.now();
    const ada = await world.account();
    expect((await readMe(world, ada.token)).status).toBe(200);
    expect(Date.parse(ada.expiresAt) - startedMs).toBeLessThan(602_000);
    // As it would have been made long enough ago.
    for (const [agoS, status] of [
      [590, 200],
      [601, 401],
    ] as const) {
      deps.nowMs = () => startedMs - agoS * 1000;
      const old = await world.account(`made_${agoS}_s_ago`);
      expect((await readMe(world, old.token)).status).toBe(status);
    }
  });

  it("is checked without asking a store", async () => {
    let queries = 0;
    const watched = (real: D1Database) => watchedDatabase(real, () => queries++);
    const world = new World({ DB_0: watched(env.DB_0), DB_1: watched(env.DB_1) });
    const ada = await world.account();
    await world.post(ada, "hello");
    await world.scroll(ada);
    expect(queries).toBeGreaterThan(0);
    queries = 0;
    expect(await world.scroll(ada)).toHaveLength(1);
    for (const token of Object.values(await badTokens(world.deps.config.SIGNING_KEY, ada))) {
      const path = "/v1/timeline?order=latest";
      expect((await world.call("GET", path, { token })).status).toBe(401);
    }
    expect(queries).toBe(0);
  });
});

describe("a token of another issuer", () => {
  const ISSUER = "https://id.example.test";
  let issuers = 0;
  let jwksUrl: string;
  let world: World;
  let ada: Session;
  let fetched: string[];
  let serve: () => Response | Promise<Response>;

  beforeEach(async () => {
    // Keys are kept by the address of the key set, so each test has one of its own.
    jwksUrl = `${ISSUER}/${issuers++}/jwks.json`;
    world = new World({
      TRUSTED_ISSUERS: JSON.stringify([{ issuer: ISSUER, audience: "our feed", jwks: jwksUrl }]),
    });
    ada = await world.account();
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
  }

  function sign(key: { alg: string; kid: string; privateKey: CryptoKey }, made: Made = {}) {
    return new SignJWT()
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .setIssuer(made.issuer ?? ISSUER)
      .setAudience(made.audience ?? "our feed")
      .setSubject(made.subject ?? ada.user.id)
      .setIssuedAt()
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
        .setSubject(ada.user.id)
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
    const claims = { iss: ISSUER, aud: "our feed", sub: ada.user.id };
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
});
