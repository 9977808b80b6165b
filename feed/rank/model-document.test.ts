import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawnModel } from "../../test/models.ts";
import { MODEL_MAX_BYTES } from "../limits.ts";
import { FEATURE_COUNT } from "./features.ts";
import { parseModel } from "./model-document.ts";

const good = drawnModel(1, 4);
const text = JSON.stringify(good);

/** The error of a refused document; fails if it is accepted. */
function errorOf(document: string): string {
  const parsed = parseModel(document);
  return parsed.ok ? "accepted" : parsed.error;
}

function changed(change: object): string {
  return JSON.stringify({ ...good, ...change });
}

describe("a model document", () => {
  it("is the same after writing and reading", () => {
    expect(parseModel(text)).toEqual({ ok: true, model: good });
  });

  it("is refused if it is truncated anywhere", () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        expect(errorOf(text.slice(0, length))).toMatch(/^the model was refused: it is not JSON/);
      }),
    );
  });

  it("is refused for any invalid value, without throwing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (any) => {
        expect(errorOf(any)).toMatch(/^the model was refused: /);
      }),
    );
  });

  it("is refused with a missing or mistyped field, and the error names the field", () => {
    for (const field of Object.keys(good).filter((name) => name !== "version")) {
      expect(errorOf(changed({ [field]: undefined })), field).toContain(field);
      expect(errorOf(changed({ [field]: null })), field).toContain(field);
    }
  });

  it.each([
    [{ version: 2 }, "its version is 2, and this code reads 1"],
    [{ version: undefined }, "its version is undefined"],
    [{ heads: ["like"] }, 'heads[1] is nothing, and this code computes "repost"'],
    [{ features: good.features.toReversed() }, 'this code computes "age": train the model again'],
    [{ features: [...good.features, "extra"] }, `features[${FEATURE_COUNT}] is "extra"`],
    [
      { mean: good.mean.slice(1) },
      `mean has ${FEATURE_COUNT - 1} numbers and not ${FEATURE_COUNT}`,
    ],
    [{ hidden: 5 }, `w1 has ${FEATURE_COUNT * 4} numbers and not ${FEATURE_COUNT * 5}`],
    [{ hidden: 1e9 }, "hidden: "],
    [{ scale: good.scale.with(2, 0) }, "scale[2]: "],
    [{ b1: good.b1.with(3, Number.NaN) }, "b1[3]: "],
    [{ w2: good.w2.with(0, 1e7) }, "w2[0]: "],
    [{ weights: { ...good.weights, like: "much" } }, "weights.like: "],
    [{ script: "x" }, 'Unrecognized key: "script"'],
  ])("is refused with %j", (change, error) => {
    expect(errorOf(changed(change))).toContain(error);
  });

  it("is refused with a number beyond the range of floats", () => {
    const infinite = text.replace(/"b2":\[[^,]*/, '"b2":[1e999');
    expect(errorOf(infinite)).toContain("b2[0]: ");
    expect(errorOf(text.replace(/"b2":\[[^,]*/, '"b2":[NaN'))).toContain("not JSON");
  });

  it("is refused without parsing if it is too large", () => {
    expect(errorOf(" ".repeat(MODEL_MAX_BYTES) + text)).toContain("at most");
  });
});
