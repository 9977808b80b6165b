/** Lines of a stream. */

const LINE_FEED = 0x0a;

/**
 * The lines of a UTF-8 stream, without their line feeds. A line of more than `maxBytes` bytes is
 * null.
 */
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
  const takeLine = (): string | null => {
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
      yield takeLine();
      from = to + 1;
    }
    add(bytes.subarray(from));
  }
  if (length > 0) yield takeLine();
}
