/** Bad input, route by route: the answer is the contract's error and the state stays the same. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { BODY_MAX_BYTES } from "../../feed/limits.ts";
import { type ProblemCode, PROBLEMS } from "../../feed/problem.ts";
import type { Problem } from "../../feed/wire.ts";
import type { Operation } from "../contract/check.ts";
import { badTokens } from "./bad-tokens.ts";
import type { Refusal, Route, Scene } from "./refusals.ts";
import { ROUTES } from "./routes.ts";
import { stateOf } from "./state.ts";
import { type Received, World } from "./world.ts";

const world = new World();
const document = await world.document();
const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method} ${template}`,
    method: method.toUpperCase(),
    operation,
  })),
);

let scene: Scene;
let bad: Record<string, string>;
let before: unknown;

beforeAll(async () => {
  const [ada, bob] = [await world.account("ada"), await world.account("bob")];
  await world.follow(ada, bob);
  const [adasPost, bobsPost] = [await world.post(ada, "hers"), await world.post(bob, "his")];
  await world.post(ada, "an answer", bobsPost);
  scene = { world, ada, bob, adasPost, bobsPost };
  bad = await badTokens(world.deps.config.SIGNING_KEY, ada);
  before = await stateOf(world, [ada, bob]);
});

/** What a request changes in its route's valid request. */
interface Deviation {
  path?: string;
  query?: string;
  /** Text and streams are sent unchanged, anything else as JSON. */
  body?: unknown;
  contentType?: string | null;
  headers?: Record<string, string>;
  authorization?: string | null;
}

function send(method: string, name: string, different: Deviation): Promise<Received<Problem>> {
  const route = routeOf(name);
  const path = different.path ?? route.path(scene);
  const headers = new Headers(different.headers ?? route.headers);
  const authorization =
    different.authorization === undefined ? authorizationOf(name) : different.authorization;
  if (authorization !== null) headers.set("authorization", authorization);
  const type = different.contentType === undefined ? "application/json" : different.contentType;
  const body = different.body === undefined ? route.body?.(scene) : different.body;
  if (type !== null && body !== undefined) headers.set("content-type", type);
  const query = different.query === undefined ? "" : `?${different.query}`;
  return world.send<Problem>(
    new Request(`http://skein.test${path}${query}`, {
      method,
      headers,
      ...(body === undefined || method === "GET" ? {} : { body: encode(body) }),
    }),
  );
}

function encode(body: unknown): BodyInit {
  if (typeof body === "string" || body instanceof ReadableStream) return body;
  return JSON.stringify(body);
}

function routeOf(name: string): Route {
  const route = ROUTES[name];
  if (route === undefined) throw new Error(`${name} has no case in routes.ts`);
  return route;
}

function authorizationOf(name: string): string {
  return `Bearer ${isAdmin(name) ? env.ADMIN_TOKEN : scene.ada.token}`;
}

function isAdmin(name: string): boolean {
  return name.includes("/v1/admin/") || name.endsWith(" /metrics");
}

/** Checks every field of the answer, and that the state has not changed. */
async function expectRefusal(
  answer: Received<Problem>,
  code: ProblemCode,
  fields?: readonly string[],
): Promise<void> {
  expect(answer.body).toEqual({
    type: `urn:skein:problem:${code}`,
    title: PROBLEMS[code].title,
    status: PROBLEMS[code].status,
    code,
    detail: answer.body.detail,
    requestId: answer.headers.get("x-request-id"),
    ...(answer.body.errors === undefined ? {} : { errors: answer.body.errors }),
  });
  expect(answer.body.detail).toMatch(/./);
  expect(answer.status).toBe(PROBLEMS[code].status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const paths = answer.body.errors?.map((error) => error.path);
  // One field can violate two rules.
  expect(paths && [...new Set(paths)]).toEqual(fields);
  expect(await stateOf(world, [scene.ada, scene.bob])).toEqual(before);
}

function streamOf(text: string): ReadableStream {
  return new Blob([text]).stream();
}

/** The fields of an operation's JSON body, from the OpenAPI document. */
function fieldsOf(operation: Operation): { required: string[]; all: string[] } | null {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return null;
  const name = schema.$ref?.split("/").at(-1);
  const { required, properties } =
    name === undefined ? schema : (document.components?.schemas?.[name] ?? schema);
  return { required: required ?? [], all: Object.keys(properties ?? {}) };
}

it("has a valid request for every route of the OpenAPI document", () => {
  expect(Object.keys(ROUTES).sort()).toEqual(operations.map(({ name }) => name).sort());
});

describe.each(operations)("$name", ({ name, method, operation }) => {
  it("refuses a query field it does not know", async () => {
    const answer = await send(method, name, { query: "surprise=1" });
    await expectRefusal(answer, "invalid_request", ["surprise"]);
  });

  it.each(ROUTES[name]?.refusals ?? [])("refuses $why", async (refusal: Refusal) => {
    const answer = await send(method, name, {
      ...(refusal.path === undefined ? {} : { path: refusal.path(scene) }),
      ...(refusal.query === undefined ? {} : { query: refusal.query }),
      ...(refusal.body === undefined ? {} : { body: refusal.body }),
      ...(refusal.headers === undefined ? {} : { headers: refusal.headers }),
      ...(refusal.anonymous === true ? { authorization: null } : {}),
    });
    await expectRefusal(answer, refusal.code, refusal.fields);
  });

  const ways = operation.security;
  if (ways !== undefined) tokenCases(method, name);
  if (ways?.every((way) => Object.keys(way).length > 0) === true) anonymousCase(method, name);
  if (method !== "GET" && routeOf(name).streams !== true) sizeCases(method, name);
  const fields = fieldsOf(operation);
  if (fields !== null) bodyCases(method, name, fields);
});

/** A bad token is refused on routes that need no token, too. */
function tokenCases(method: string, name: string): void {
  it("refuses every kind of bad token", async () => {
    const wrong = {
      ...bad,
      ...(isAdmin(name) ? { "of a user": scene.ada.token } : { "of an admin": env.ADMIN_TOKEN }),
    };
    for (const [what, token] of Object.entries(wrong)) {
      const answer = await send(method, name, { authorization: `Bearer ${token}` });
      expect(answer.body.code, `a token ${what}`).toBe("unauthenticated");
      await expectRefusal(answer, "unauthenticated");
    }
  });

  it.each(["Bearer", "Bearer ", "Basic YWRhOmFkYQ==", "token", "Bearer a b"])(
    "refuses the authorization %j",
    async (authorization) => {
      await expectRefusal(await send(method, name, { authorization }), "unauthenticated");
    },
  );
}

function anonymousCase(method: string, name: string): void {
  it("refuses a request without a token", async () => {
    await expectRefusal(await send(method, name, { authorization: null }), "unauthenticated");
  });
}

function sizeCases(method: string, name: string): void {
  const maxBytes = routeOf(name).maxBytes ?? BODY_MAX_BYTES;
  const big = JSON.stringify({ text: "x".repeat(maxBytes) });

  it("refuses a body whose content-length is too large", async () => {
    await expectRefusal(await send(method, name, { body: big }), "payload_too_large");
  });

  it("refuses a streamed body that is too large", async () => {
    const answer = await send(method, name, { body: streamOf(big) });
    await expectRefusal(answer, "payload_too_large");
  });
}

function bodyCases(method: string, name: string, fields: { required: string[]; all: string[] }) {
  it("parses a body of exactly 64 KiB", async () => {
    const body = `${" ".repeat(BODY_MAX_BYTES - 1)}{`;
    await expectRefusal(await send(method, name, { body }), "invalid_request");
  });

  it.each(["", "{", '{"text":', "{'text':'x'}", "text=x", "NaN", '{"a":1}{"b":2}', "\u0000"])(
    "refuses the body %j, which is not JSON",
    async (body) => {
      const answer = await send(method, name, { body });
      expect(answer.body.detail).toBe("The body is not JSON.");
      await expectRefusal(answer, "invalid_request");
    },
  );

  it.each(["null", "[]", '"text"', "7", "true"])(
    "refuses the body %s, which is not an object",
    async (body) => {
      await expectRefusal(await send(method, name, { body }), "invalid_request", [""]);
    },
  );

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "?", null])(
    "refuses a body of content type %s",
    async (contentType) => {
      const body = streamOf(JSON.stringify(routeOf(name).body?.(scene)));
      const answer = await send(method, name, { body, contentType });
      expect(answer.body.detail).toContain("application/json");
      await expectRefusal(answer, "invalid_request");
    },
  );

  it.each(["surprise", "__proto__", "constructor"])("refuses the extra field %s", async (extra) => {
    const body = JSON.stringify(routeOf(name).body?.(scene)).replace("{", `{"${extra}":{},`);
    await expectRefusal(await send(method, name, { body }), "invalid_request", [extra]);
  });

  it.each(fields.required)("refuses a body without %s", async (field) => {
    const { [field]: _, ...body } = routeOf(name).body?.(scene) ?? {};
    await expectRefusal(await send(method, name, { body }), "invalid_request", [field]);
  });

  it.each(fields.all)("refuses a %s of the wrong type", async (field) => {
    const good = routeOf(name).body?.(scene)[field];
    const flag = typeof good === "boolean" ? "text" : true;
    const wrong = [7, flag, {}, Array.isArray(good) ? "text" : ["text"]];
    const isNullable = good === null || routeOf(name).nullable?.includes(field) === true;
    for (const value of isNullable ? wrong : [null, ...wrong]) {
      const body = { ...routeOf(name).body?.(scene), [field]: value };
      await expectRefusal(await send(method, name, { body }), "invalid_request", [field]);
    }
  });
}
