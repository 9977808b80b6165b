/** What the log shows of people: everything that a run with failures writes, searched for what they wrote. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Session } from "../../feed/wire.ts";
import { World } from "../../test/workerd/world.ts";
import { pathText } from "../../feed/error-text.ts";
import { createApp } from "./app.ts";

const HANDLE = "marguerite_b";
const NAME = "Marguerite Bonaventure";
const PASSWORD = "a password that is hers";
const TEXT = "nobody but her followers reads this sentence";
const ADDRESS = "203.0.113.211";
const MAIL = "marguerite@mail.example";

let lines: string[];

beforeEach(() => {
  lines = [];
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => {
      lines.push(parts.map((part) => (typeof part === "string" ? part : inFull(part))).join(" "));
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A logged value with everything that a log could show of it. */
function inFull(value: unknown): string {
  if (value instanceof Error) return `${value.stack} ${inFull(value.cause)}`;
  return JSON.stringify(value) ?? String(value);
}

/** A database that answers each statement with an error that quotes its parameters, as the real one's do. */
function brokenDatabase(): D1Database {
  const fail = (...values: unknown[]) => {
    throw new Error(`D1_ERROR: no such table, params: ${JSON.stringify(values)}`);
  };
  const statement = { bind: fail, all: fail, run: fail, raw: fail, first: fail };
  const database = { prepare: () => statement, batch: fail, exec: fail };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all of a database that the store calls
  return { ...database, withSession: () => database } as unknown as D1Database;
}

function openSocket(world: World, token: string) {
  const headers = { upgrade: "websocket", "sec-websocket-protocol": `skein.v1, bearer.${token}` };
  const request = new Request("http://skein.test/v1/live", { headers });
  return createApp().fetch(request, world.env, createExecutionContext());
}

/** Everything that a person does, some of it wrong. @returns what no line may show */
async function live(world: World, ada: Session): Promise<void> {
  const headers = { "cf-connecting-ip": ADDRESS };
  const call = (method: string, path: string, body?: unknown, token = ada.token) =>
    world.call(method, path, { token, headers, ...(body === undefined ? {} : { body }) });
  await world.call("POST", "/v1/sessions", {
    body: { handle: HANDLE, password: PASSWORD },
    headers,
  });
  await world.call("POST", "/v1/sessions", { body: { handle: MAIL, password: PASSWORD }, headers });
  await call("POST", "/v1/posts", { text: TEXT });
  await call("POST", "/v1/posts", { text: TEXT, [TEXT]: MAIL });
  await call("GET", `/v1/users/@${HANDLE}`);
  await call("PUT", `/v1/users/@${HANDLE}/follow`);
  await call("GET", "/v1/timeline?order=latest");
  await call("GET", "/v1/me", undefined, `${ada.token}x`);
  await openSocket(world, ada.token);
  await world.call("POST", "/v1/admin/tokens", {
    token: env.ADMIN_TOKEN,
    headers,
    body: { handle: HANDLE },
  });
  await world.import([{ user: { handle: MAIL, name: NAME } }, { follow: [HANDLE, MAIL] }]);
}

it("the log of a run in which everything fails names no person, and has no password, token or text", async () => {
  const whole = new World();
  const signUp = { handle: HANDLE, password: PASSWORD, name: NAME };
  const { body: ada } = await whole.call<Session>("POST", "/v1/accounts", { body: signUp });
  await live(whole, ada);
  const linesOfWhole = lines.length;
  await live(new World({ DB_0: brokenDatabase(), DB_1: brokenDatabase() }), ada);
  const homes = {
    getByName: () => ({ fetch: () => Promise.reject(new Error(`for ${ada.token}`)) }),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- objects that answer nothing
  await live(new World({ HOME_TIMELINE: homes as unknown as Env["HOME_TIMELINE"] }), ada);
  // Failures are logged: otherwise this would hold of an empty log.
  expect(lines.length).toBeGreaterThan(linesOfWhole + 5);
  const log = lines.join("\n");
  const secrets = [HANDLE, NAME, PASSWORD, TEXT, ADDRESS, MAIL, ada.token, env.ADMIN_TOKEN];
  for (const secret of secrets) expect(log.includes(secret), secret).toBe(false);
  expect(log).not.toMatch(/eyJ[\w-]+\.|bearer\.|scrypt\$/i);
});

it("a home timeline gets no token with the handshake of a socket", async () => {
  const world = new World();
  const ada = await world.account();
  await world.scroll(ada);
  const seen: string[] = [];
  const home = (name: string) => {
    const real = env.HOME_TIMELINE.getByName(name);
    return new Proxy(real, {
      get: (target, key) =>
        key === "fetch"
          ? (request: Request) => {
              seen.push([...request.headers].flat().join(" "));
              return target.fetch(request);
            }
          : (Reflect.get(target, key) as unknown),
    });
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the Worker calls of it
  const HOME_TIMELINE = { getByName: home } as unknown as Env["HOME_TIMELINE"];
  const opened = await openSocket(new World({ HOME_TIMELINE }), ada.token);
  expect(opened.status).toBe(101);
  expect(seen).toHaveLength(1);
  expect(seen.join()).toContain("skein.v1");
  expect(seen.join()).not.toContain(ada.token);
});

it("a path is logged without the names in it", () => {
  expect(pathText("/v1/users/@ada/posts")).toBe("/v1/users/@…/posts");
  expect(pathText("/v1/admin/accounts/ada/state")).toBe("/v1/admin/accounts/…/state");
});
