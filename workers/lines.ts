/** Lines of a stream. */

/** The lines of a stream of UTF-8, without their ends; null for one longer than `maxBytes`. */
export async function* linesOf(
  input: ReadableStream<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string | null> {
  const decoder = new TextDecoder();
  let rest = "";
  let tooLong = false;
  for await (const bytes of input) {
    const pieces = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = pieces.pop() ?? "";
    for (const piece of pieces) {
      yield tooLong || piece.length > maxBytes ? null : piece;
      tooLong = false;
    }
    if (rest.length > maxBytes) {
      tooLong = true;
      rest = "";
    }
  }
  rest += decoder.decode();
  if (tooLong || rest !== "") yield tooLong ? null : rest;
}
