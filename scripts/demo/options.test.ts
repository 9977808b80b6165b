import { expect, test } from "vitest";
import { readDemoOptions } from "./options.ts";

test("the demo's own flags are read in both forms, and all others go on to wrangler", () => {
  const args = ["--port", "9000", "--graph", "a.edges", "--trace=b.gz", "--mutual", "--ip", "::1"];
  expect(readDemoOptions(args)).toEqual({
    graph: "a.edges",
    trace: "b.gz",
    mutual: true,
    wrangler: ["--port", "9000", "--ip", "::1"],
  });
});

test("without flags the demo plays made-up people over the graph of the package", () => {
  expect(readDemoOptions([])).toEqual({ graph: null, trace: null, mutual: false, wrangler: [] });
});

test("a flag without its file is refused", () => {
  expect(() => readDemoOptions(["--graph"])).toThrow("--graph needs a file");
  expect(() => readDemoOptions(["--trace="])).toThrow("--trace needs a file");
});
