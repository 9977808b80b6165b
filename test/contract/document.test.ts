/** The description that the Worker gives of itself: valid, and of everything the contract names. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { PROBLEMS } from "../../feed/problem.ts";
import type { OpenApiDocument, Operation } from "./check.ts";

interface AppModule {
  createApp: () => { request(path: string): Response | Promise<Response> };
}

/** What the contract names, by who may call it. */
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
  // By its path: what runs in workerd is typed with other globals than this.
  const { createApp } = await vi.importActual<AppModule>("../../workers/api/app.ts");
  text = await (await createApp().request("/openapi.json")).text();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the first test validates it
  document = JSON.parse(text) as OpenApiDocument;
});

function operationOf(name: string): Operation | undefined {
  const [method = "", template = ""] = name.split(" ");
  return document.paths[template]?.[method];
}

it("is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...document });
  expect(errors ?? []).toEqual([]);
  expect([valid, validator.version]).toEqual([true, "3.1"]);
});

it("names no other host", () => {
  expect(text).not.toMatch(/https?:\/\//);
});

describe.each(Object.entries(CONTRACT))("for %s", (who, names) => {
  it.each(names)("describes %s", (name) => {
    const operation = operationOf(name);
    expect(operation).toBeDefined();
    expect(operation?.security).toEqual(Reflect.get(SECURITY, who));
  });
});

it("describes every failure as a problem, and every status it can have", () => {
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

it("describes lists as pages", () => {
  for (const [template, { get }] of Object.entries(document.paths)) {
    const names = get?.parameters?.map(({ name }) => name) ?? [];
    if (!/(followers|following|posts|replies|timeline)$/.test(template) || get === undefined)
      continue;
    expect(names, template).toEqual(expect.arrayContaining(["cursor", "limit"]));
  }
});
