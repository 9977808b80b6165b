/** docs/api.md is what the published document says: `npm run docs:api` writes it. */
import { readFile } from "node:fs/promises";
import { format } from "prettier";
import { beforeAll, expect, it } from "vitest";
import { apiPage } from "./api-page.ts";
import { errorTable, rateTable, sizeTable } from "./api-page-parts.ts";
import { parseDocument, servedDocument } from "./document.ts";

/** The document needs the whole Worker, whose modules load slowly on a busy machine. */
const LOADING_TIMEOUT_MS = 120_000;

let page: string;

beforeAll(async () => {
  const text = await readFile(new URL("api-page.md", import.meta.url), "utf8");
  const parts = { errors: errorTable(), rates: rateTable(), sizes: sizeTable() };
  const made = apiPage(parseDocument(await servedDocument()), text, parts);
  page = await format(made, { parser: "markdown", printWidth: 100 });
}, LOADING_TIMEOUT_MS);

it("docs/api.md has every call of the published document, as it is now", async () => {
  await expect(page).toMatchFileSnapshot("../../docs/api.md");
});

it("every link inside docs/api.md leads to a heading of the page, of which no two have one address", () => {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, target = ""]) => target);
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((target) => !headings.includes(target))).toEqual([]);
  expect(headings.filter((one, n) => headings.indexOf(one) !== n)).toEqual([]);
});
