import { describe, expect, it } from "vitest";
import { linesOf } from "./lines.ts";

/** The lines of a text that arrives in pieces of so many bytes. */
async function linesIn(text: string, maxBytes: number, pieceBytes: number) {
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, n) =>
    bytes.slice(n * pieceBytes, (n + 1) * pieceBytes),
  );
  async function* input() {
    for (const piece of pieces) yield await Promise.resolve(piece);
  }
  const decoder = new TextDecoder();
  const lines: (string | null)[] = [];
  for await (const line of linesOf(input(), maxBytes)) {
    lines.push(line === null ? null : decoder.decode(line));
  }
  return lines;
}

describe.each([1, 2, 3, 5, 1_000])("lines that arrive in pieces of %i bytes", (pieceBytes) => {
  it("come whole, wherever the pieces end, and the last one needs no end", async () => {
    const lines = ["", "Zoë 🦉", "", "a\r", "€"];
    expect(await linesIn(lines.join("\n"), 100, pieceBytes)).toEqual(lines);
    expect(await linesIn(`${lines.join("\n")}\n`, 100, pieceBytes)).toEqual(lines);
    expect(await linesIn("", 100, pieceBytes)).toEqual([]);
  });

  it("are measured in bytes", async () => {
    const text = ["€€", "€€a", "seven77", "sixsix", "€€€"].join("\n");
    const lines = ["€€", null, null, "sixsix", null];
    expect(await linesIn(text, 6, pieceBytes)).toEqual(lines);
  });

  it("go on after one that is too long", async () => {
    const long = "x".repeat(50);
    expect(await linesIn(`${long}\nshort\n${long}`, 6, pieceBytes)).toEqual([null, "short", null]);
  });
});
