/**
 * The types that openapi-typescript makes from the document that the Worker serves: those of any client
 * of the API, and from the schemas alone this client's own, which `npm run client:types` writes anew.
 */
import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { format } from "prettier";
import { beforeAll, expect, it, vi } from "vitest";
import { Skein, SkeinAdministration } from "../src/skein-client.ts";
import { parseDocument, servedDocument } from "../../test/contract/document.ts";

const HEAD =
  "/** The bodies of Skein's API, generated from its document: `npm run client:types`. */\n";

/** A client that has nothing but the types, with one line in its midst. */
const sample = (line: string): string => `
import type { components, operations, paths } from "./openapi.ts";
type Query = NonNullable<operations["readTimeline"]["parameters"]["query"]>;
type Page = paths["/v1/timeline"]["get"]["responses"][200]["content"]["application/json"];
type Code = components["schemas"]["Problem"]["code"];
export const query: Query = { order: "latest", limit: 50, explain: true };
export const post: operations["createPost"]["requestBody"]["content"]["application/json"] = {
  text: "hello",
};
export function textOf(frame: components["schemas"]["Frame"], page: Page): string {
  const code: Code = "rate_limited";
  ${line}
  if (frame.type === "post") return frame.item.post.text + frame.seq;
  if (frame.type === "counts") return frame.postId + frame.counts.likes;
  return (page.items[0]?.reason.by?.handle ?? code) + page.seq;
}
`;

// A compiler that takes longer must be stuck, on a busy machine too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let text: string;
let folder: string;

beforeAll(async () => {
  text = await servedDocument();
  folder = await mkdtemp(join(tmpdir(), "skein-generated-"));
  await writeFile(join(folder, "openapi.ts"), astToString(await openapiTS(text)));
  return () => rm(folder, { recursive: true, force: true });
});

/** The errors of the compiler in the sample with a line. */
async function errorsWith(line: string): Promise<string[]> {
  await writeFile(join(folder, "sample.ts"), sample(line));
  const compiler = join(createRequire(import.meta.url).resolve("typescript"), "../tsc.js");
  const options = "--noEmit --strict --exactOptionalPropertyTypes --allowImportingTsExtensions";
  const args = [...options.split(" "), "--moduleResolution", "bundler", "--module", "esnext"];
  const { stdout } = await execa(process.execPath, [compiler, ...args, "sample.ts"], {
    cwd: folder,
    reject: false,
  });
  return stdout === "" ? [] : stdout.split("\n");
}

it("a sample compiles against the types that are generated from the document", async () => {
  expect(await errorsWith("")).toEqual([]);
});

it.each([
  ['query.limit = "50";', "a limit that is text"],
  ['post.title = "no such field";', "an unknown field of a body"],
  ['if (code === "no_such_code") return "";', "an unknown code of an error"],
  ['if (frame.type === "no_such_frame") return "";', "an unknown frame"],
])("%s does not compile against the generated types: %s", async (line) => {
  const errors = await errorsWith(line);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/^sample\.ts\(\d+,\d+\): error TS(2322|2339|2367):/);
});

it("the client's types of the wire are the schemas of the document that the Worker serves", async () => {
  const withoutExamples = (key: string, value: unknown) => (key === "example" ? undefined : value);
  const schemas = JSON.stringify({ ...parseDocument(text), paths: {} }, withoutExamples);
  const options = { rootTypes: true, rootTypesNoSchemaPrefix: true, defaultNonNullable: false };
  const types = await openapiTS(schemas, options);
  const formatted = await format(HEAD + astToString(types), {
    parser: "typescript",
    printWidth: 100,
  });
  await expect(formatted).toMatchFileSnapshot("../src/wire.ts");
});

it("the client has a method for each operation of the document, of the same name, and no other", () => {
  const operations = Object.values(parseDocument(text).paths)
    .flatMap((methods) => Object.values(methods))
    .map(({ operationId }) => operationId);
  const methods = [Skein, SkeinAdministration].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
  );
  const own = new Set(["constructor", "as"]);
  expect(new Set(methods.filter((name) => !own.has(name)))).toEqual(new Set(operations));
});
