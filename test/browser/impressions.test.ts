import { expect, inject, test, vi } from "vitest";
import { People } from "./people.ts";
import { PATIENCE_MS, type Reader, useReaders } from "./readers.ts";

const people = new People(inject("address"));
const open = useReaders();

interface Seen {
  postId: string;
  dwellMs?: number;
  opened?: boolean;
}

/** What a reader's page reports, and how the server answers. */
function reportsOf(reader: Reader): { items: Seen[]; answers: number[] } {
  const reports = { items: [] as Seen[], answers: [] as number[] };
  const isReport = (url: string) => url.endsWith("/v1/timeline/impressions");
  reader.page.context().on("request", (request) => {
    if (!isReport(request.url())) return;
    const body: unknown = request.postDataJSON();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer says whether it is one
    reports.items.push(...(body as { items: Seen[] }).items);
  });
  reader.page.context().on("response", (response) => {
    if (isReport(response.url())) reports.answers.push(response.status());
  });
  return reports;
}

test("what was seen and opened is reported, also when the page is left at once", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.posts(ben, 30, (n) => `Seen ${n}`);
  const reader = await open();
  const reports = reportsOf(reader);
  await reader.signIn(ada, "/latest");
  await reader.page.locator("article").first().waitFor();
  const top = await reader.firstInView();
  await reader.post(top).locator("a.when").click();
  await reader.page.getByRole("heading", { name: "Replies" }).waitFor();
  const openedId = new URL(reader.page.url()).pathname.split("/").at(-1);
  await reader.page.goBack();
  await reader.post(top).waitFor();
  // Long enough in view to have been seen: the tracker's own tests have the figure.
  const since = Date.now();
  await vi.waitFor(() => expect(Date.now() - since).toBeGreaterThan(600), PATIENCE_MS);
  await reader.page.goto("about:blank");
  await vi.waitFor(() => expect(reports.answers).toContain(202), PATIENCE_MS);
  expect(new Set(reports.answers)).toEqual(new Set([202]));
  expect(reports.items.filter(({ opened }) => opened).map(({ postId }) => postId)).toEqual([
    openedId,
  ]);
  const seen = reports.items.filter(({ dwellMs }) => dwellMs !== undefined);
  expect(seen.map(({ postId }) => postId)).toContain(openedId);
  // Those in view and no others: thirty do not fit a window.
  expect(new Set(seen.map(({ postId }) => postId)).size).toBeLessThan(15);
});
