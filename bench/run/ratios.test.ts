import { describe, expect, it } from "vitest";
import { quantile, ratioOf } from "./ratios.ts";

describe("ratioOf", () => {
  it("compares a row with the floor of the same round", () => {
    // The machine was half as fast in the second round, for both.
    const { middle, lower, upper } = ratioOf([40, 20, 40], [100, 50, 100]);
    expect(middle).toBeCloseTo(0.4);
    expect([lower, upper]).toEqual([0.4, 0.4]);
  });

  it("ignores a round in which only the row was slowed", () => {
    expect(ratioOf([40, 1, 40, 40, 40], [100, 100, 100, 100, 100]).middle).toBeCloseTo(0.4);
  });

  it("gives the quartiles of the rounds", () => {
    const { middle, lower, upper } = ratioOf([1, 2, 3, 4, 5], [10, 10, 10, 10, 10]);
    expect(middle).toBeCloseTo(0.3);
    expect([lower, upper]).toEqual([0.2, 0.4]);
  });

  it("refuses rounds without a floor", () => {
    expect(() => ratioOf([1, 2], [1])).toThrow(/round/);
    expect(() => ratioOf([], [])).toThrow(/no values/);
  });
});

describe("quantile", () => {
  it("interpolates between the nearest values, in any order", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([7], 0.9)).toBe(7);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
  });
});
