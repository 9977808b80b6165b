/** The OpenAPI document of the Worker is valid, and documents every operation of the contract. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { BaseResolver, createConfig, lintFromString } from "@redocly/openapi-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { eventSchema } from "../../feed/export/events.ts";
import { PROBLEMS } from "../../feed/problem.ts";
import { Contract, type OpenApiDocument, type Operation } from "./check.ts";
import { parseDocument, servedDocument } from "./document.ts";

/** The operations of the contract, by who may call them. */
const CONTRACT: Record<"anyone" | "either" | "user" | "import" | "mint", readonly string[]> = {
  anyone: ["get /healthz", "post /v1/accounts", "post /v1/sessions", "get /v1/live"],
  either: [
    "get /v1/users/{user}",
    "get /v1/users/{user}/followers",
    "get /v1/users/{user}/following",
    "get /v1/users/{user}/posts",
    "get /v1/posts/{id}",
    "get /v1/posts/{id}/replies",
    "get /v1/posts/{id}/ancestors",
  ],
  user: [
    "get /v1/me",
    "get /v1/me/mutes",
    "get /v1/me/blocks",
    "get /v1/suggestions",
    "put /v1/users/{user}/follow",
    "delete /v1/users/{user}/follow",
    "post /v1/posts",
    "delete /v1/posts/{id}",
    "get /v1/timeline",
  ],
  import: ["post /v1/admin/import"],
  mint: ["post /v1/admin/tokens"],
};

const SECURITY = {
  anyone: undefined,
  either: [{ token: [] }, {}],
  user: [{ token: [] }],
  import: [{ adminToken: ["import"] }],
  mint: [{ adminToken: ["mint"] }],
};

// Loading the whole Worker takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let text: string;
let document: OpenApiDocument;

beforeAll(async () => {
  text = await servedDocument();
  document = parseDocument(text);
});

/** Every operation, with its method and path. */
function allOperations(): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );
}

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

it("a second validator finds no fault in the OpenAPI document, its examples included", async () => {
  const config = await createConfig({
    extends: ["recommended"],
    rules: {
      "no-invalid-media-type-examples": "error",
      "no-invalid-schema-examples": "error",
      "operation-operationId": "error",
      "tag-description": "error",
      // A socket answers 101.
      "operation-2xx-response": "off",
      // Sign-up, sign-in and health need no token. The socket's is in a subprotocol.
      "security-defined": "off",
      // No body has the schema of a frame.
      "no-unused-components": "off",
    },
  });
  const externalRefResolver = new BaseResolver();
  const faults = await lintFromString({ source: text, config, externalRefResolver });
  const where = faults.map(
    ({ ruleId, message, location }) => `${location[0]?.pointer} ${ruleId}: ${message}`,
  );
  expect(where).toEqual([]);
});

it("every operation of the OpenAPI document has an id of its own, in camel case", () => {
  const ids = allOperations().map(([, { operationId }]) => operationId);
  expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]*)*$/.test(id ?? ""))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

it("the OpenAPI document lists its groups, and its operations in their order", () => {
  const groups = document.tags.map(({ name }) => name);
  const tags = allOperations().map(([, { tags: [tag = ""] = [] }]) => tag);
  expect(groups.slice(0, 4)).toEqual(["Accounts", "Posts", "Timeline", "Live"]);
  // What Skein sends is no operation.
  expect([...new Set(tags)]).toEqual(groups.filter((name) => name !== "Webhooks"));
});

it("the numbers in queries of the OpenAPI document are integers with their bounds", () => {
  const parameters = allOperations().flatMap(([, operation]) => operation.parameters ?? []);
  const schemasOf = (wanted: string) =>
    parameters.filter(({ name }) => name === wanted).map(({ schema }) => schema);
  expect(schemasOf("limit").length).toBeGreaterThan(4);
  for (const schema of schemasOf("limit")) {
    expect(schema).toMatchObject({ type: "integer", minimum: 1, maximum: 100, default: 20 });
  }
  expect(schemasOf("since")).toMatchObject([{ type: "integer", minimum: 0 }]);
});

it("the OpenAPI document describes the webhook: a signed batch of events, each kind with an example", () => {
  const { post } = document.webhooks["events"] ?? {};
  const headers = post?.parameters?.map(({ name }) => name);
  expect(headers).toEqual(["webhook-id", "webhook-timestamp", "webhook-signature"]);
  const events = document.components?.schemas?.["Event"]?.oneOf?.map(({ $ref }) => $ref);
  expect(events).toHaveLength(eventSchema.options.length);
  for (const ref of events ?? []) {
    const schema = document.components?.schemas?.[ref?.split("/").at(-1) ?? ""];
    expect(schema, ref).toHaveProperty("example.type");
  }
});

it("every JSON body in the OpenAPI document is a schema with a name", () => {
  const webhooks = Object.values(document.webhooks).flatMap((methods) => Object.entries(methods));
  for (const [name, { requestBody, responses }] of [...allOperations(), ...webhooks]) {
    const bodies = [requestBody, ...Object.values(responses)];
    for (const [type, media] of bodies.flatMap((body) => Object.entries(body?.content ?? {}))) {
      if (type === "text/plain") continue;
      expect(media.schema?.$ref, `${name} ${type}`).toMatch(/^#\/components\/schemas\/\w+$/);
    }
  }
});

it("the OpenAPI document has an example of each named body, which its schema accepts", () => {
  const schemas = document.components?.schemas ?? {};
  const contract = new Contract(document);
  const examples = Object.entries(schemas).filter(([, schema]) => "example" in schema);
  for (const [name, { example }] of examples) {
    contract.validate(name, { $ref: `#/components/schemas/${name}` }, example);
  }
  expect(examples.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      "NewAccount",
      "NewPost",
      "Post",
      "Timeline",
      "Problem",
      "ImportReport",
    ]),
  );
});

it("the OpenAPI document describes every live frame", () => {
  const { Frame } = document.components?.schemas ?? {};
  const frames = ["Hello", "Post", "Delete", "Profile", "Counts", "Resync"];
  expect(Frame?.oneOf).toEqual(
    frames.map((frame) => ({ $ref: `#/components/schemas/${frame}Frame` })),
  );
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
