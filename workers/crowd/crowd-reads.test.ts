import { describe, expect, it } from "vitest";
import { CROWD_KEPT_MS } from "../../feed/limits.ts";
import { DataCentre } from "../../test/data-centre.ts";
import type { NearCache } from "../near/near-cache.ts";
import { CrowdReads } from "./crowd-reads.ts";

/** A store with one value, whose reads are counted. */
class Source {
  value: number | undefined = 1;
  crowded = true;
  reads = 0;
  nowMs = 0;

  isolate(near: NearCache): CrowdReads<number> {
    return new CrowdReads(
      {
        kind: "numbers",
        read: async () => {
          this.reads++;
          return Promise.resolve(this.value);
        },
        isCrowded: () => this.crowded,
        parse: Number,
      },
      near,
      () => this.nowMs,
    );
  }
}

describe("crowd reads", () => {
  it("what no crowd reads comes from the store each time", async () => {
    const source = new Source();
    source.crowded = false;
    const isolate = source.isolate(new DataCentre());
    expect(await isolate.get("a")).toBe(1);
    source.value = 2;
    expect(await isolate.get("a")).toBe(2);
    source.value = undefined;
    expect(await isolate.get("a")).toBeUndefined();
    source.value = 3;
    expect(await isolate.get("a")).toBe(3);
  });

  it("what a crowd reads is never older than CROWD_KEPT_MS, whichever isolate has read it", async () => {
    const source = new Source();
    const near = new DataCentre();
    const isolates = Array.from({ length: 5 }, () => source.isolate(near));
    for (let ms = 0; ms < 60_000; ms += 100) {
      source.nowMs = ms;
      source.value = ms;
      const read = await isolates[(ms / 100) % 5]?.get("a");
      expect(read).toBeGreaterThan(ms - CROWD_KEPT_MS);
    }
    expect(source.reads).toBeLessThan(40);
  });

  it("a value that was dropped is read anew by every isolate of the data centre that has not kept it", async () => {
    const source = new Source();
    const near = new DataCentre();
    const isolate = source.isolate(near);
    await isolate.get("a");
    source.value = undefined;
    await isolate.drop("a");
    expect(await isolate.get("a")).toBeUndefined();
    expect(await source.isolate(near).get("a")).toBeUndefined();
  });

  it("a data centre without a cache leaves the isolate's own", async () => {
    const source = new Source();
    const near = new DataCentre();
    near.broken = true;
    const isolate = source.isolate(near);
    for (let n = 0; n < 10; n++) expect(await isolate.get("a")).toBe(1);
    expect(source.reads).toBe(1);
  });

  it("100,000 readers a second in 300 data centres cost the store under 300 reads a second", async () => {
    const source = new Source();
    const isolates: CrowdReads<number>[] = [];
    for (let centre = 0; centre < 300; centre++) {
      const near = new DataCentre();
      for (let n = 0; n < 10; n++) isolates.push(source.isolate(near));
    }
    // The first reader of each data centre pays; after that a second has its share.
    for (const isolate of isolates) await isolate.get("a");
    expect(source.reads).toBe(300);
    source.reads = 0;
    const seconds = 20;
    for (source.nowMs = 0; source.nowMs < seconds * 1_000; source.nowMs += 100) {
      // All that matters is who reads: one reader of each isolate in a tenth of a second stands for all of them.
      await Promise.all(isolates.map((isolate) => isolate.get("a")));
    }
    expect(source.reads / seconds).toBeLessThan(300);
  });
});
