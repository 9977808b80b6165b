/**
 * Requests to Skein's API and their answers, for tests of the contract, which also send what no client
 * would. How a request travels is its transport's choice: `fetch` to an address, or a Worker in the same
 * isolate.
 */

/** The parts of a request beside its method and path. */
export interface RequestParts {
  /** A bearer token. */
  token?: string | undefined;
  /** Text is sent unchanged, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Sends a request. */
export type Transport = (request: Request) => Promise<Response>;

/** Makes a request. @param path the path and query, from `/` on */
export function apiRequest(
  origin: string,
  method: string,
  path: string,
  { token, body, headers }: RequestParts = {},
): Request {
  return new Request(origin.replace(/\/+$/, "") + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

/** The request of an import. @param lines of users and follows; text is sent unchanged */
export function importRequest(
  origin: string,
  adminToken: string,
  lines: Iterable<unknown>,
): Request {
  const texts = [...lines].map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  return apiRequest(origin, "POST", "/v1/admin/import", {
    token: adminToken,
    body: texts.join("\n"),
    headers: { "content-type": "application/x-ndjson" },
  });
}

/** Reads an answer's JSON; null without a body. @throws SyntaxError if the body is no JSON */
export async function jsonOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  return text === "" ? null : JSON.parse(text);
}

/** Reads an answer's NDJSON, line by line. */
async function* linesOf(answer: Response): AsyncGenerator<unknown> {
  const { body }: { body: AsyncIterable<Uint8Array> | null } = answer;
  if (body === null) return;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line);
  }
  if (rest !== "") yield JSON.parse(rest);
}

/** Reads all lines of an answer's NDJSON. */
export async function allLinesOf(answer: Response): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of linesOf(answer)) lines.push(line);
  return lines;
}
