/** The OpenAPI document of the Worker is valid, and documents every operation of the contract. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { PROBLEMS } from "../../feed/problem.ts";
import type { OpenApiDocument, Operation } from "./check.ts";

interface AppModule {
  createApp: () => { request(path: string): Response | Promise<Response> };
}

/** The operations of the contract, by who may call them. */
const CONTRACT: Record<"anyone" | "either" | "user" | "admin", readonly string[]> = {
  anyone: ["get /healthz", "post /v1/accounts", "post /v1/sessions", "get /v1/live"],
  either: [
    "get /v1/users/{user}",
    "get /v1/users/{user}/followers",
    "get /v1/users/{user}/following",
    "get /v1/users/{user}/posts",
    "get /v1/posts/{id}",
    "get /v1/posts/{id}/replies",
  ],
  user: [
    "get /v1/me",
    "put /v1/users/{user}/follow",
    "delete /v1/users/{user}/follow",
    "post /v1/posts",
    "delete /v1/posts/{id}",
    "get /v1/timeline",
  ],
  admin: ["post /v1/admin/import", "post /v1/admin/tokens"],
};

const SECURITY = {
  anyone: undefined,
  either: [{ token: [] }, {}],
  user: [{ token: [] }],
  admin: [{ adminToken: [] }],
};

let text: string;
let document: OpenApiDocument;

beforeAll(async () => {
  // A dynamic import, because the types of workerd's globals differ from those of this file.
  const { createApp } = await vi.importActual<AppModule>("../../workers/api/app.ts");
  text = await (await createApp().request("/openapi.json")).text();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the first test validates it
  document = JSON.parse(text) as OpenApiDocument;
});

function operationOf(name: string): Operation | undefined {
  const [method = "", template = ""] = name.split(" ");
  return document.paths[template]?.[method];
}

it("the OpenAPI document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...document });
  expect(errors ?? []).toEqual([]);
  expect([valid, validator.version]).toEqual([true, "3.1"]);
});

it("the OpenAPI document contains no absolute URL", () => {
  expect(text).not.toMatch(/https?:\/\//);
});

describe.each(Object.entries(CONTRACT))("the OpenAPI document, for %s", (who, names) => {
  it.each(names)("documents %s with its security", (name) => {
    const operation = operationOf(name);
    expect(operation).toBeDefined();
    expect(operation?.security).toEqual(Reflect.get(SECURITY, who));
  });
});

it("the OpenAPI document describes every error as a problem, with the statuses every route has", () => {
  const statuses = new Set(Object.values(PROBLEMS).map(({ status }) => String(status)));
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const failures = Object.entries(operation.responses).filter(([status]) => status >= "400");
      expect(failures.map(([status]) => status)).toEqual(
        expect.arrayContaining(["400", "429", "500", "503"]),
      );
      for (const [status, { content }] of failures) {
        expect(statuses, `${method} ${template}`).toContain(status);
        expect(content?.["application/problem+json"]?.schema).toEqual({
          $ref: "#/components/schemas/Problem",
        });
      }
    }
  }
});

it("the OpenAPI document gives every list a cursor and a limit", () => {
  for (const [template, { get }] of Object.entries(document.paths)) {
    const names = get?.parameters?.map(({ name }) => name) ?? [];
    if (!/(followers|following|posts|replies|timeline)$/.test(template) || get === undefined)
      continue;
    expect(names, template).toEqual(expect.arrayContaining(["cursor", "limit"]));
  }
});
