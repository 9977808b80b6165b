import { expect, test } from "vitest";
import { readDevFlags } from "./flags.ts";

const read = (...args: string[]) => readDevFlags(args, "/project");

test("without flags wrangler's defaults apply", () => {
  expect(read()).toMatchObject({
    persistTo: "/project/.wrangler/state",
    port: null,
    ip: null,
    vars: new Map(),
    setsLogLevel: false,
  });
  expect(read().config).toMatch(/\/wrangler\.toml$/);
});

test("flags are read in every form that wrangler accepts", () => {
  expect(read("--port", "9000", "--persist-to", "data").port).toBe(9000);
  expect(read("--port=9000", "--persist-to=data").persistTo).toBe("/project/data");
  expect(read("--persistTo", "/elsewhere").persistTo).toBe("/elsewhere");
  expect(read("-c", "other.toml").config).toBe("/project/other.toml");
  expect(read("--logLevel", "debug").setsLogLevel).toBe(true);
});

test("every variable of --var is read, several in a row included", () => {
  expect(read("--var", "RATE_LIMITS:on", "A:1", "--port", "1").vars).toEqual(
    new Map([
      ["RATE_LIMITS", "on"],
      ["A", "1"],
    ]),
  );
  expect(read("--var=RATE_LIMITS:on").vars).toEqual(new Map([["RATE_LIMITS", "on"]]));
});

test("flags that only wrangler knows are ignored", () => {
  expect(read("--live-reload", "--upstream-protocol", "http", "--port", "1").port).toBe(1);
});
