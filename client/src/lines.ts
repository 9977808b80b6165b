/** Answers of many lines of JSON, as they arrive. */

/** Reads an answer's NDJSON, line by line. @throws SyntaxError if a line is no JSON */
export async function* linesOf(answer: Response): AsyncGenerator<unknown, void> {
  if (answer.body === null) return;
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line !== "") yield JSON.parse(line);
    if (done) return;
  }
}
