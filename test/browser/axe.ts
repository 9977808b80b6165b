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

/** The texts of elements that reach beyond the window, or are cut off by what they are in. */
export function clipped(reader: Reader, selector: string): Promise<string[]> {
  return reader.page.evaluate<string[]>(`[...document.querySelectorAll(${JSON.stringify(selector)})]
    .filter((element) => element.checkVisibility())
    .filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width > 1 && (left < -0.5 || right > document.documentElement.clientWidth + 0.5);
    })
    .map((element) => element.textContent)`);
}
