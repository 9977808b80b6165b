import { expect, inject, test } from "vitest";
import { People } from "./people.ts";
import { useReaders } from "./readers.ts";
import { tapWire } from "./wire-tap.ts";
import { eventually } from "../eventually.ts";

const REPORTS = ["POST", "/v1/timeline/impressions"] as const;

const people = new People(inject("address"));
const open = useReaders();

interface Seen {
  postId: string;
  dwellMs?: number;
  opened?: boolean;
}

test("what was seen and opened is reported, also when the page is left at once", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.posts(ben, 30, (n) => `Seen ${n}`);
  const wire = await tapWire(inject("address"));
  try {
    const reader = await open({}, wire.address);
    const { page } = reader;
    await reader.signIn(ada, "/latest");
    await page.locator("article").first().waitFor();
    const top = await reader.firstInView();
    await reader.post(top).locator("a.when").click();
    await page.getByRole("heading", { name: "Replies" }).waitFor();
    const openedId = new URL(page.url()).pathname.split("/").at(-1);
    await page.goBack();
    await reader.post(top).waitFor();
    // Long enough in view to have been seen: the tracker's own tests have the figure.
    const now = (): Promise<number> => page.evaluate<number>("performance.now()");
    const since = await now();
    await eventually(async () => expect((await now()) - since).toBeGreaterThan(600));
    await page.goto("about:blank");
    const items = (): Seen[] =>
      wire.bodies(...REPORTS).flatMap((body) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server's answer says whether it is one
        return (JSON.parse(body) as { items: Seen[] }).items;
      });
    const seen = () => items().filter(({ dwellMs }) => dwellMs !== undefined);
    await eventually(() => expect(seen().length).toBeGreaterThan(1));
    await eventually(() => expect(wire.statuses(...REPORTS)).not.toContain(0));
    expect(new Set(wire.statuses(...REPORTS))).toEqual(new Set([202]));
    const opened = () => items().filter((item) => item.opened === true);
    await eventually(() => expect(opened().map(({ postId }) => postId)).toEqual([openedId]));
    const ids = new Set(seen().map(({ postId }) => postId));
    expect(ids).toContain(openedId);
    // Those in view and no others: thirty do not fit a window.
    expect(ids.size).toBeLessThan(15);
    await page.close();
  } finally {
    await wire.close();
  }
});
