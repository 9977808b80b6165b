/** The hostname of operators, and Cloudflare Access before it. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Problem } from "../../feed/wire.ts";
import { World } from "../../test/workerd/world.ts";
import { createApp } from "./app.ts";

const HOST = "ops.skein.test";
const PUBLIC = "skein.test";
const AUDIENCE = "the-tag-of-the-application";

/** @returns the status and, of a failure, its code */
async function ask(
  world: World,
  address: string,
  { token, proof }: { token?: string | undefined; proof?: string | undefined } = {},
): Promise<[number, string | null]> {
  const path = address.slice(address.indexOf("/"));
  const headers = new Headers({ accept: path === "/ops" ? "text/html" : "*/*" });
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (proof !== undefined) headers.set("cf-access-jwt-assertion", proof);
  const answer = await createApp().fetch(new Request(`https://${address}`, { headers }), world.env);
  const text = await answer.text();
  const isProblem = answer.headers.get("content-type") === "application/problem+json";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the content type says so
  return [answer.status, isProblem ? (JSON.parse(text) as Problem).code : null];
}

const files = { fetch: () => Promise.resolve(new Response("<html></html>", { status: 200 })) };
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the page needs of the binding
const ASSETS = files as unknown as Fetcher;

describe("with an OPS_HOST", () => {
  const world = new World({ OPS_HOST: HOST, ASSETS });
  const root = { token: world.env.ADMIN_TOKEN };

  it.each(["/ops", "/metrics", "/v1/admin/figures", "/v1/admin/uses"])(
    "%s answers there and nowhere else",
    async (path) => {
      expect((await ask(world, `${HOST}${path}`, root))[0]).toBe(200);
      expect(await ask(world, `${PUBLIC}${path}`, root)).toEqual([404, "not_found"]);
      expect(await ask(world, `${PUBLIC}${path}/`, root)).toEqual([404, "not_found"]);
    },
  );

  it.each(["/", "/healthz", "/openapi.json", "/v1/timeline", "/docs/"])(
    "%s answers elsewhere and not there",
    async (path) => {
      expect(await ask(world, `${HOST}${path}`)).toEqual([404, "not_found"]);
      expect(await ask(world, `${PUBLIC}${path}`)).not.toEqual([404, "not_found"]);
    },
  );

  it("a page of people answers elsewhere and not there", async () => {
    for (const [host, status] of [
      [HOST, 404],
      [PUBLIC, 200],
    ] as const) {
      const request = new Request(`https://${host}/opsx`, { headers: { accept: "text/html" } });
      expect((await createApp().fetch(request, world.env)).status).toBe(status);
    }
  });

  it("an administrator's token is asked for there as everywhere", async () => {
    expect(await ask(world, `${HOST}/v1/admin/figures`)).toEqual([401, "unauthenticated"]);
  });

  it("other ways to write an administrator's address reach nothing elsewhere", async () => {
    for (const path of ["//v1/admin/figures", "/v1//admin/figures", "/V1/admin/figures"]) {
      expect((await ask(world, `${PUBLIC}${path}`, root))[0], path).not.toBe(200);
    }
    for (const path of ["/v1/%61dmin/figures", "/./v1/admin/figures", "/x/../metrics"]) {
      expect((await ask(world, `${PUBLIC}${path}`, root))[0], path).toBe(404);
    }
  });
});

it("without an OPS_HOST operators' addresses answer on every hostname", async () => {
  const world = new World();
  const root = { token: world.env.ADMIN_TOKEN };
  for (const host of [HOST, PUBLIC]) {
    expect((await ask(world, `${host}/v1/admin/figures`, root))[0]).toBe(200);
  }
});

describe("behind Cloudflare Access", () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let others: typeof keys;
  let teams = 0;
  let team: string;
  let world: World;
  let serve: () => Response | Promise<Response>;
  const fetched: string[] = [];

  beforeAll(async () => {
    keys = await generateKeyPair("RS256", { extractable: true });
    others = await generateKeyPair("RS256", { extractable: true });
  });
  beforeEach(async () => {
    // Keys are kept by their address, so each test has a team of its own.
    team = `https://team-${teams++}.cloudflareaccess.test`;
    world = new World({ OPS_HOST: HOST, ACCESS_TEAM: team, ACCESS_AUD: AUDIENCE, ASSETS });
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "RS256", use: "sig" };
    serve = () => Response.json({ keys: [jwk] });
    fetched.length = 0;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      fetched.push(input instanceof Request ? input.url : String(input));
      return serve();
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** What Access sends with a request that it lets pass. */
  async function proof(
    change: { issuer?: string; audience?: string; expires?: string } = {},
    by: typeof keys = keys,
  ): Promise<string> {
    return new SignJWT({ email: "ada@example.test" })
      .setProtectedHeader({ alg: "RS256", kid: "one", typ: "JWT" })
      .setIssuer(change.issuer ?? team)
      .setAudience([change.audience ?? AUDIENCE])
      .setIssuedAt("-2h")
      .setExpirationTime(change.expires ?? "1h")
      .sign(by.privateKey);
  }

  it("whoever has passed Access sees the page and, with a token, the figures", async () => {
    const passed = { proof: await proof() };
    expect((await ask(world, `${HOST}/ops`, passed))[0]).toBe(200);
    expect(await ask(world, `${HOST}/v1/admin/figures`, passed)).toEqual([401, "unauthenticated"]);
    const { ADMIN_TOKEN: token } = world.env;
    expect((await ask(world, `${HOST}/v1/admin/figures`, { ...passed, token }))[0]).toBe(200);
    expect(fetched).toEqual([`${team}/cdn-cgi/access/certs`]);
  });

  it("nobody else passes, not with the ADMIN_TOKEN either", async () => {
    const { ADMIN_TOKEN: token } = world.env;
    const proofs = {
      "no proof": undefined,
      "a word": "garbage",
      "another key": await proof({}, others),
      "another team": await proof({ issuer: "https://elsewhere.cloudflareaccess.test" }),
      "another application": await proof({ audience: "elsewhere" }),
      "a proof that has expired": await proof({ expires: "-1h" }),
    };
    for (const [why, wrong] of Object.entries(proofs)) {
      for (const path of ["/ops", "/metrics", "/v1/admin/figures"]) {
        const answer = await ask(world, `${HOST}${path}`, { token, proof: wrong });
        expect(answer, `${path} with ${why}`).toEqual([403, "forbidden"]);
      }
    }
  });

  it("asks no proof of anybody elsewhere", async () => {
    expect((await ask(world, `${PUBLIC}/healthz`))[0]).toBe(200);
    expect(fetched).toEqual([]);
  });

  it("answers 503 while the keys of the team cannot be fetched", async () => {
    serve = () => new Response("no", { status: 500 });
    expect(await ask(world, `${HOST}/ops`, { proof: await proof() })).toEqual([503, "unavailable"]);
  });
});
