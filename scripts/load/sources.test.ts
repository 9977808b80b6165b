import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { densestPart, readEdges, readTrace } from "./sources.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-load-"));
  return () => rm(folder, { recursive: true, force: true });
});

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("an edge list", () => {
  it("says who follows whom, one way or both, each pair once", async () => {
    const path = await file("a.edges", "% a comment\n1 2\n1 2\n2 3\n3 3\n");
    expect((await readEdges(path, false)).follows).toEqual([
      { follower: 1, followee: 2 },
      { follower: 2, followee: 3 },
    ]);
    const mutual = await readEdges(path, true);
    expect(mutual.people.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(mutual.follows).toHaveLength(4);
  });

  it("with a wrong line names the line, and a missing file is named too", async () => {
    await expect(readEdges(await file("b", "1 2\nx y\n"), false)).rejects.toThrow(/line 2/);
    await expect(readEdges(join(folder, "none"), false)).rejects.toThrow(/cannot be read/);
  });
});

it("an activity file gives events in order, and a follow for whoever reposted", async () => {
  const lines = "5 6 100 MT\n5 6 100 RE\n7 6 103 RT\n7 6 109 RT\n";
  const { graph, activities } = await readTrace(await file("t.gz", gzipSync(lines)));
  expect(graph.follows).toEqual([{ follower: 7, followee: 6 }]);
  expect(activities.map(({ atS, kind }) => [atS, kind])).toEqual([
    [100, "MT"],
    [100, "RE"],
    [103, "RT"],
    [109, "RT"],
  ]);
});

it("the densest part keeps the hubs and the edges among them", () => {
  const star = [1, 2, 3, 4].map((follower) => ({ follower, followee: 9 }));
  const part = densestPart({ people: [1, 2, 3, 4, 9], follows: star }, 3);
  expect(part.people).toEqual([9, 1, 2]);
  expect(part.follows).toHaveLength(2);
});
