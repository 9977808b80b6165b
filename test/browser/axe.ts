/** What axe finds wrong with a page. */
import axe from "axe-core";
import type { Reader } from "./readers.ts";

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe finds wrong with the page as it is. */
export async function violations(reader: Reader): Promise<string[]> {
  await reader.page.evaluate(axe.source);
  const found = await reader.page.evaluate<Violation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then((results) => results.violations)",
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
  );
}

/** How much wider a page is than its window, in CSS pixels. */
export function overhang(reader: Reader): Promise<number> {
  return reader.page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}
