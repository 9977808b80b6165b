import { expect, it } from "vitest";
import { randomFrom } from "../demo/random.ts";
import { draw, PRESETS, readMix } from "./mix.ts";

it("reads presets and weights, and refuses anything else with advice", () => {
  expect(readMix("deathstar")).toEqual(PRESETS["deathstar"]);
  expect(readMix("read=3,post=1")).toMatchObject({ read: 3, post: 1, like: 0 });
  for (const wrong of ["reading=1", "read", "read=x", "read=-1", "", "read=0"]) {
    expect(() => readMix(wrong)).toThrow(/--mix/);
  }
});

it("draws operations as often as their weights say", () => {
  const random = randomFrom(3);
  const mix = readMix("deathstar");
  const drawn = Array.from({ length: 10_000 }, () => draw(mix, random));
  const share = (operation: string) => drawn.filter((one) => one === operation).length / 10_000;
  expect(share("read")).toBeCloseTo(0.6, 1);
  expect(share("user")).toBeCloseTo(0.3, 1);
  expect(share("post")).toBeCloseTo(0.1, 1);
  expect(share("like")).toBe(0);
});
