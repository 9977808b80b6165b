/** Importing history in tests. */
import type { Deps } from "../../workers/deps.ts";
import { importLines } from "../../workers/write/import.ts";

let names = 0;
const T0 = Date.UTC(2024, 4, 1);

/** A name that no other test of the file has used. */
export function newName(prefix: string): string {
  return `${prefix}_${names++}_${Date.now().toString(36)}`;
}

/** A minute of the past. */
export function at(minute: number): string {
  return new Date(T0 + minute * 60_000).toISOString();
}

/** An answer of an import. */
interface Answer {
  line?: number | undefined;
  id?: string;
  error?: string;
  next?: number | null;
}

/** Imports lines. @returns the report, the ids by line, and the errors */
export async function bring(deps: Deps, lines: readonly unknown[]) {
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  const answers: Answer[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
  for await (const answer of importLines(deps, body, true)) {
    if (!("lines" in answer)) answers.push(answer);
  }
  return {
    report: answers.at(-1),
    ids: new Map(answers.map(({ line, id }) => [line, id])),
    errors: answers.filter(({ error }) => error !== undefined),
  };
}
