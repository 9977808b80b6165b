/** The API for people, as a page in Markdown: a text with the parts that follow from the published document. */
import { COMMON_PROBLEMS } from "../../feed/problem.ts";
import type { OpenApiDocument } from "./check.ts";
import {
  alternatives,
  boundsOf,
  fieldsOf,
  fieldTable,
  isShort,
  itemsOf,
  linkTo,
  nameOf,
  type Row,
  type Schema,
  shown,
  table,
  typeOf,
} from "./api-schemas.ts";

interface Body {
  content?: Record<string, { schema?: Schema; example?: unknown }>;
  description?: string;
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}
interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: readonly string[];
  security?: readonly Record<string, readonly string[]>[];
  requestBody?: Body;
  responses?: Record<string, Body>;
  parameters?: readonly Parameter[];
}
interface Published {
  tags: readonly { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}
interface Call {
  path: string;
  method: string;
  operation: Operation;
}

/**
 * Makes the page.
 * @param text the page with `{{calls}}` and the like where a part goes
 * @param more further parts, by their names
 * @throws Error if the text names a part that does not exist
 */
export function apiPage(
  document: OpenApiDocument,
  text: string,
  more: Readonly<Record<string, string>>,
): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- document.test.ts validates the document
  const published = document as unknown as Published;
  const calls = callsOf(published.paths);
  const parts: Record<string, string> = {
    ...more,
    index: indexOf(published, calls),
    ...groupsOf(published, calls),
    frames: unionOf(published, "Frame"),
    webhook: callsOf(published.webhooks)
      .map((call) => webhookOf(call, published.components.schemas))
      .join("\n\n"),
    events: unionOf(published, "Event"),
    envelope: envelopeOf(published),
    problem: shown(published.components.schemas["Problem"]?.example),
    schemas: schemasOf(published, calls),
  };
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`the page has no part ${name}`);
    return part;
  });
}

function callsOf(paths: Published["paths"]): Call[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

/** All calls in one table. */
function indexOf({ tags }: Published, calls: readonly Call[]): string {
  const rows = tags.flatMap(({ name }) =>
    ofGroup(calls, name).map(({ path, method, operation }) => [
      name,
      `[${operation.operationId}](#${operation.operationId.toLowerCase()})`,
      `\`${method.toUpperCase()} ${path}\``,
      operation.summary ?? "",
    ]),
  );
  const firsts = rows.map(([group = "", ...rest], n) => [
    rows[n - 1]?.[0] === group ? "" : group,
    ...rest,
  ]);
  return table(["group", "call", "request", "does"], firsts).join("");
}

function ofGroup(calls: readonly Call[], name: string): Call[] {
  return calls.filter(({ operation }) => operation.tags?.[0] === name);
}

/** The sections of each group's calls, under its name in small letters. */
function groupsOf({ tags, components }: Published, calls: readonly Call[]): Record<string, string> {
  return Object.fromEntries(
    tags.map(({ name, description = "" }) => {
      const sections = ofGroup(calls, name).map((call) => sectionOf(call, components.schemas));
      return [name.toLowerCase(), [description, ...sections].join("\n\n")];
    }),
  );
}

function sectionOf({ path, method, operation }: Call, schemas: Record<string, Schema>): string {
  const { operationId, summary = "", description } = operation;
  return [
    `### ${operationId}`,
    `\`${method.toUpperCase()} ${path}\`: ${summary}. ${whoOf(operation)}`,
    ...(description === undefined ? [] : [description]),
    ...requestOf(operation, schemas),
    ...answersOf(operation, schemas),
  ].join("\n\n");
}

/** Who may make a call. */
function whoOf({ security = [] }: Operation): string {
  const [first = {}] = security;
  if ("adminToken" in first) {
    const [scope] = first["adminToken"] ?? [];
    if (scope === undefined) return "Needs the `ADMIN_TOKEN`; no key is enough.";
    return `Needs the \`ADMIN_TOKEN\`, or a key with the scope \`${scope}\`.`;
  }
  if (!("token" in first)) return "Needs no token.";
  return security.length > 1
    ? "Needs no token; with one, the answer has `viewer`."
    : "Needs a token.";
}

/** The fields of a request, and an example of its body. */
function requestOf(
  { parameters = [], requestBody }: Operation,
  schemas: Record<string, Schema>,
): string[] {
  const rows = [
    ...parameters.map((parameter) => rowOf(parameter)),
    ...bodyRows(requestBody, schemas),
  ];
  const schema = schemaOf(requestBody, schemas);
  const named = schema === undefined ? null : alternatives(schema);
  if (named !== null)
    return [...fieldTable(rows), ...lines("Send lines, each one of", named, schemas)];
  if (schema?.example === undefined) return fieldTable(rows);
  return [...fieldTable(rows), labelled("For example", schema.example)];
}

function rowOf({ name, in: place, required, description, schema = {} }: Parameter): Row {
  const type = [typeOf(schema), ...boundsOf(schema), ...(required === true ? [] : ["optional"])];
  return {
    name,
    in: place,
    type: type.join(", "),
    meaning: description ?? schema.description ?? "",
  };
}

function bodyRows(body: Body | undefined, schemas: Record<string, Schema>): Row[] {
  const schema = schemaOf(body, schemas);
  return schema === undefined ? [] : fieldsOf(schema).map((row) => ({ ...row, in: "body" }));
}

function schemaOf(body: Body | undefined, schemas: Record<string, Schema>): Schema | undefined {
  const { schema } = Object.values(body?.content ?? {})[0] ?? {};
  const name = schema === undefined ? null : nameOf(schema);
  return name === null ? schema : schemas[name];
}

/** What a call answers: its success, and the errors that not every call has. */
function answersOf({ responses = {} }: Operation, schemas: Record<string, Schema>): string[] {
  const texts = Object.entries(responses)
    .filter(([status]) => status < "400")
    .flatMap(([status, body]) => successOf(status, body, schemas));
  const codes = Object.entries(responses)
    .filter(([status]) => status >= "400")
    .flatMap(([status, { description = "" }]) =>
      [...description.matchAll(/`(\w+)`/g)].map(([, name = ""]) => ({ status, name })),
    )
    .filter(({ name }) => !EVERYWHERE.has(name));
  const errors = codes.map(({ status, name }) => `\`${name}\` (${status})`);
  return [...texts, ...(errors.length === 0 ? [] : [`Its own errors: ${errors.join(", ")}.`])];
}

/** The page has these errors once, in its table of errors. */
const EVERYWHERE: ReadonlySet<string> = new Set(COMMON_PROBLEMS);

function successOf(status: string, body: Body, schemas: Record<string, Schema>): string[] {
  const description = body.description ?? "";
  const [{ schema: sent, example } = {}] = Object.values(body.content ?? {});
  const name = sent === undefined ? null : nameOf(sent);
  const schema = schemaOf(body, schemas);
  if (schema === undefined || name === null) return [`Answers **${status}**: ${description}.`];
  const named = alternatives(schema);
  if (named !== null) {
    return lines(`Answers **${status}**, in lines. ${description}. Each is one of`, named, schemas);
  }
  const items = itemsOf(schema);
  const answer =
    items !== null && nameOf(items) !== null
      ? `a list of ${typeOf(items)}`
      : isWhole(schema)
        ? shown(example ?? schema.example)
        : linkTo(name);
  return [`Answers **${status}** ${answer}: ${description}.`];
}

/** Whether the example of a schema says all about it: it is short, and no field has a description. */
function isWhole(schema: Schema): boolean {
  const fields = Object.values(schema.properties ?? {});
  return (
    schema.example !== undefined &&
    isShort(schema.example) &&
    fields.every(({ description }) => description === undefined)
  );
}

/** Kinds of lines with their examples. */
function lines(title: string, names: readonly string[], schemas: Record<string, Schema>): string[] {
  const rows = names.map((name) => [
    linkTo(name),
    `\`${JSON.stringify(schemas[name]?.example)}\``,
    schemas[name]?.description ?? "",
  ]);
  return [`${title}:`, ...table(["line", "for example", "meaning"], rows)];
}

function labelled(label: string, example: unknown): string {
  return isShort(example) ? `${label} ${shown(example)}.` : `${label}:\n\n${shown(example)}`;
}

/** Fields that all kinds of a union share, and that the page has once. */
const COMMON_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Event: ["type", "v", "id", "atMs", "owner"],
  Frame: ["type"],
};

/** The kinds of a union, each with its meaning, its own fields and an example. */
function unionOf({ components }: Published, name: string): string {
  const common = COMMON_FIELDS[name] ?? [];
  return (alternatives(components.schemas[name] ?? {}) ?? [])
    .map((kind) => {
      const { description = "", example, ...schema } = components.schemas[kind] ?? {};
      const type = String(schema.properties?.["type"]?.enum?.[0]);
      const rows = fieldsOf(schema).filter((row) => !common.includes(row.name));
      const heading = `#### ${type} ${name.toLowerCase()}`;
      return [heading, description, ...fieldTable(rows), shown(example)].join("\n\n");
    })
    .join("\n\n");
}

/** The fields that every event has. */
function envelopeOf({ components }: Published): string {
  const rows = fieldsOf(components.schemas["PostEvent"] ?? {});
  const common = rows.filter(({ name }) => COMMON_FIELDS["Event"]?.includes(name));
  return fieldTable(
    common.map((row) =>
      row.name === "type"
        ? { ...row, type: "string", meaning: "The kind of the event, below." }
        : row,
    ),
  ).join("");
}

function webhookOf({ operation }: Call, schemas: Record<string, Schema>): string {
  const answers = Object.entries(operation.responses ?? {}).map(
    ([status, { description = "" }]) => [`**${status}**`, `${description}.`],
  );
  return [
    operation.description ?? "",
    ...requestOf(operation, schemas),
    ...table(["answer", "meaning"], answers),
  ].join("\n\n");
}

/** Every schema that a call answers, or that one of those contains, in the order of the calls. */
function schemasOf({ components: { schemas } }: Published, calls: readonly Call[]): string {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const inner of namesIn(schemas[name])) visit(inner);
  };
  for (const { operation } of calls) {
    // The fields of what is sent are at the call itself.
    for (const name of namesIn(schemaOf(operation.requestBody, schemas))) visit(name);
    for (const body of Object.values(operation.responses ?? {})) {
      const schema = schemaOf(body, schemas) ?? {};
      if (alternatives(schema) !== null) namesIn(schema).forEach(visit);
      else if (itemsOf(schema) !== null) namesIn(schema).forEach(visit);
      else if (!isWhole(schema)) namesIn(body.content).forEach(visit);
    }
  }
  return [...found].map((name) => schemaSection(name, schemas[name] ?? {})).join("\n\n");
}

/** The names of all schemas that a part of the document refers to. */
function namesIn(part: unknown): string[] {
  const text = JSON.stringify(part ?? null);
  return [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = ""]) => name);
}

function schemaSection(name: string, schema: Schema): string {
  return [
    `### ${name} schema`,
    ...(schema.description === undefined ? [] : [schema.description]),
    ...fieldTable(fieldsOf(schema)),
    ...(schema.example === undefined ? [] : [shown(schema.example)]),
  ].join("\n\n");
}
