import { describe, expect, it } from "vitest";
import { countsKeptMs } from "../../../feed/counts/kept-counts.ts";
import { makeId } from "../../../feed/ids.ts";
import { Chance } from "../../../test/model/chance.ts";
import { readInputs } from "../inputs.ts";
import { countKeysPerPage, headKeysPerPage, missed } from "./near-reads.ts";

const NOW_MS = 1_800_000_000_000;

/** The share of reads that find nothing kept, of posts without reactions whose readers come by chance. */
function simulated(readsPerS: number, untilS: number, seed: number): number {
  const chance = new Chance(seed);
  const post = makeId(NOW_MS, 1, 1);
  let [reads, misses] = [0, 0];
  for (let posts = 0; posts < 500; posts++) {
    let keptUntilMs = NOW_MS;
    for (let atMs = NOW_MS; atMs < NOW_MS + untilS * 1000;) {
      // The time to the next one of many independent readers.
      atMs += (-Math.log(1 - chance.below(1_000_000) / 1_000_000) / readsPerS) * 1000;
      reads++;
      if (atMs < keptUntilMs) continue;
      misses++;
      keptUntilMs = atMs + countsKeptMs(post, null, atMs);
    }
  }
  return misses / reads;
}

describe("the keys of KV that a page reads", () => {
  it("are as many as if readers came by chance and counts were kept by the code's own rule", () => {
    for (const [seed, readsPerS] of [0.002, 0.01, 0.1].entries()) {
      const predicted = missed(readsPerS, 7_200, 1);
      expect(predicted / simulated(readsPerS, 7_200, seed), `seed ${seed}`).toBeGreaterThan(0.75);
      expect(predicted / simulated(readsPerS, 7_200, seed), `seed ${seed}`).toBeLessThan(1.25);
    }
  });

  it("are fewer than its posts, and hardly any for authors whom a crowd follows", async () => {
    const inputs = await readInputs();
    expect(countKeysPerPage(inputs, 20, 200)).toBeLessThan(1);
    expect(countKeysPerPage(inputs, 20, 0)).toBeLessThan(10);
    expect(headKeysPerPage(inputs, 20)).toBeLessThan(0.5);
  });
});
