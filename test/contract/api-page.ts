/** The API for people, as a page in Markdown, made from the published document. */
import type { OpenApiDocument } from "./check.ts";

interface Schema {
  $ref?: string;
  example?: unknown;
  examples?: readonly unknown[];
}
interface Content {
  content?: Record<string, { schema?: Schema }>;
  description?: string;
}
interface Operation extends Content {
  operationId?: string;
  summary?: string;
  tags?: readonly string[];
  security?: readonly Record<string, unknown>[];
  requestBody?: Content;
  responses?: Record<string, Content>;
  parameters?: readonly { name: string; in: string; description?: string }[];
}
interface Published {
  tags?: readonly { name: string; description?: string }[];
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

const BEGINNING = `# The API

Made from \`/openapi.json\` by \`npm run docs:api\`; the same with every detail is at \`/docs\` of a running Skein. Requests and
answers are JSON. A token is sent as \`Authorization: Bearer <token>\`. A list answers \`items\` and \`next\`, which goes
back as \`?cursor=\`. A failure is a problem (RFC 9457), whose \`code\` is from a closed list. The [client](../client/README.md)
has a method for each call, with the name in its heading.
`;

/** Makes the page. */
export function apiPage(document: OpenApiDocument): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- document.test.ts validates the document
  const { tags = [], paths = {}, components = {} } = document as unknown as Published;
  const schemas = components.schemas ?? {};
  const calls = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      operation.operationId === undefined ? [] : [{ path, method, operation }],
    ),
  );
  const groups = tags.map(({ name, description = "" }) => {
    const own = calls.filter(({ operation }) => operation.tags?.[0] === name);
    const sections = own.map(({ path, method, operation }) =>
      section(`${method.toUpperCase()} ${path}`, operation, schemas),
    );
    return [`## ${name}`, description, ...sections].join("\n\n");
  });
  return [BEGINNING, ...groups].join("\n");
}

function section(call: string, operation: Operation, schemas: Record<string, Schema>): string {
  const { operationId = "", summary = "", description, security = [], parameters = [] } = operation;
  const query = parameters.filter((one) => one.in === "query").map(({ name }) => `\`${name}\``);
  const [status = "", answer] =
    Object.entries(operation.responses ?? {}).find(([one]) => /^[12]/.test(one)) ?? [];
  const token = "adminToken" in (security[0] ?? {}) ? "the admin token" : "a token";
  const needs = security.length === 0 ? null : `Needs ${token}.`;
  return [
    `### ${operationId}`,
    `\`${call}\`: ${summary}.`,
    ...[description, needs].filter((text) => text !== undefined && text !== null),
    ...(query.length === 0 ? [] : [`Query: ${query.join(", ")}.`]),
    ...example("Send", operation.requestBody, schemas),
    ...example(`Answer ${status}${textOf(answer)}`, answer, schemas),
  ].join("\n\n");
}

function textOf(answer: Content | undefined): string {
  return answer?.description === undefined ? "" : `, ${answer.description}`;
}

/** An example of a body, under what it is for; nothing if the body has none. */
function example(
  title: string,
  body: Content | undefined,
  schemas: Record<string, Schema>,
): string[] {
  const { schema } = Object.values(body?.content ?? {})[0] ?? {};
  const named = schema?.$ref === undefined ? schema : schemas[schema.$ref.split("/").at(-1) ?? ""];
  const value = named?.example ?? named?.examples?.[0];
  if (value === undefined) return title.startsWith("Answer") ? [`${title}.`] : [];
  return [`${title}:`, `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``];
}
