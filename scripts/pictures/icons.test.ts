import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../project.ts";

const PUBLIC = join(ROOT, "web/public");
const manifestSchema = z.object({
  icons: z.array(
    z.object({ src: z.string(), sizes: z.string(), type: z.string(), purpose: z.string() }),
  ),
});

/** Where a PNG has its width and height, as big-endian numbers. */
const WIDTH_AT = 16;
const HEIGHT_AT = 20;

test("the manifest has round and maskable PNG icons of 192 and 512 pixels, each of the size that it says", async () => {
  const text = await readFile(join(PUBLIC, "manifest.webmanifest"), "utf8");
  const { icons } = manifestSchema.parse(JSON.parse(text));
  const pngs = icons.filter(({ type }) => type === "image/png");
  expect(pngs.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual([
    "192x192 any",
    "512x512 any",
    "192x192 maskable",
    "512x512 maskable",
  ]);
  for (const { src, sizes } of pngs) {
    const bytes = await readFile(join(PUBLIC, src));
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(`${bytes.readUInt32BE(WIDTH_AT)}x${bytes.readUInt32BE(HEIGHT_AT)}`).toBe(sizes);
  }
});
