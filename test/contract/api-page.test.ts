/** docs/api.md is what the published document says: `npm run docs:api` writes it. */
import { format } from "prettier";
import { expect, it } from "vitest";
import { apiPage } from "./api-page.ts";
import { parseDocument, servedDocument } from "./document.ts";

it("docs/api.md has every call of the published document, as it is now", async () => {
  const page = apiPage(parseDocument(await servedDocument()));
  const text = await format(page, { parser: "markdown", printWidth: 100 });
  await expect(text).toMatchFileSnapshot("../../docs/api.md");
});
