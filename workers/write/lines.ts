/** Lines of a stream. */

const LINE_FEED = 0x0a;

/** The lines of a stream of UTF-8, without their ends; null for one longer than `maxBytes`. */
export async function* linesOf(
  input: ReadableStream<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string | null> {
  const decoder = new TextDecoder();
  let pieces: Uint8Array[] = [];
  let length = 0;
  const add = (piece: Uint8Array): void => {
    length += piece.length;
    if (length <= maxBytes) pieces.push(piece);
    else pieces = [];
  };
  const end = (): string | null => {
    const text = pieces.map((piece) => decoder.decode(piece, { stream: true })).join("");
    const line = length > maxBytes ? null : text + decoder.decode();
    pieces = [];
    length = 0;
    return line;
  };
  for await (const bytes of input) {
    let from = 0;
    for (let to = bytes.indexOf(LINE_FEED); to !== -1; to = bytes.indexOf(LINE_FEED, from)) {
      add(bytes.subarray(from, to));
      yield end();
      from = to + 1;
    }
    add(bytes.subarray(from));
  }
  if (length > 0) yield end();
}
