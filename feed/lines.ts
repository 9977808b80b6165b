/** Lines of a stream. */

const LINE_FEED = 0x0a;

/**
 * The lines of a stream of bytes, without their line feeds. A line of more than `maxBytes` bytes is null, and is
 * not kept in memory.
 */
export async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array | null> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  const add = (piece: Uint8Array): void => {
    length += piece.length;
    if (length <= maxBytes) pieces.push(piece);
    else pieces = [];
  };
  const takeLine = (): Uint8Array | null => {
    const line = length > maxBytes ? null : joined(pieces, length);
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

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const line = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    line.set(piece, at);
    at += piece.length;
  }
  return line;
}
