/** Holding what was shown against what the model says, item by item. */
import type { Item, Tolerance } from "./model.ts";
import type { Shown } from "./skein.ts";

/** Differences named in a failure: the first few tell the cause. */
const NAMED_MAX = 8;

/** What is wrong with a whole scroll, newest first; nothing if it equals the model's. */
export function differences(shown: readonly Item[], expected: readonly Item[]): string[] {
  const exact = { possible: [...expected], required: new Set(expected.map((item) => item.id)) };
  return faults({ items: [...shown], whole: true }, exact);
}

/** What is wrong with a read while messages are under way. */
export function faults(shown: Shown, { possible, required }: Tolerance): string[] {
  const known = new Map(possible.map((item) => [item.id, item]));
  const found: string[] = [];
  let previous: Item | undefined;
  for (const item of shown.items) {
    const expected = known.get(item.id);
    if (previous?.id === item.id) found.push(`repeated: ${say(item)}`);
    else if (previous !== undefined && previous.id < item.id) found.push(`too late: ${say(item)}`);
    if (expected === undefined) found.push(`does not belong: ${say(item)}`);
    else if (say(expected) !== say(item)) found.push(`${say(item)} should be ${say(expected)}`);
    previous = item;
  }
  const seen = new Set(shown.items.map((item) => item.id));
  const downTo = shown.whole ? "" : (previous?.id ?? "~");
  for (const item of possible) {
    if (item.id < downTo || !required.has(item.id) || seen.has(item.id)) continue;
    found.push(`missing: ${say(item)}`);
  }
  return found.slice(0, NAMED_MAX);
}

/** Whether items stand newest first, each once. */
export function isDescending(items: readonly { id: string }[]): boolean {
  return items.every((item, index) => index === 0 || item.id < (items[index - 1]?.id ?? ""));
}

function say(item: Item): string {
  const answers = item.replyTo === null ? "" : ` to ${item.replyTo}`;
  return `${item.id} ${item.reason} @${item.author} "${item.text}"${answers}`;
}
