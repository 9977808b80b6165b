/** Compares shown items with the model's, item by item. */
import type { Item, Tolerance } from "./model.ts";
import type { Shown } from "./skein.ts";

/** The differences that a failure names; the first few show the cause. */
const NAMED_MAX = 8;

/** The differences between a whole scroll and the model's timeline; empty if they are equal. */
export function differences(shown: readonly Item[], expected: readonly Item[]): string[] {
  const exact = { possible: [...expected], required: new Set(expected.map((item) => item.id)) };
  return faults({ items: [...shown], whole: true }, exact);
}

/** The errors of a read while messages are on their way; empty if the tolerance allows all of it. */
export function faults(shown: Shown, { possible, required }: Tolerance): string[] {
  const possibleById = new Map(possible.map((item) => [item.id, item]));
  const errors: string[] = [];
  let previous: Item | undefined;
  for (const item of shown.items) {
    const expected = possibleById.get(item.id);
    if (previous?.id === item.id) errors.push(`repeated: ${textOf(item)}`);
    else if (previous !== undefined && previous.id < item.id)
      errors.push(`too late: ${textOf(item)}`);
    if (expected === undefined) errors.push(`does not belong: ${textOf(item)}`);
    else if (textOf(expected) !== textOf(item))
      errors.push(`${textOf(item)} should be ${textOf(expected)}`);
    previous = item;
  }
  const seen = new Set(shown.items.map((item) => item.id));
  const downTo = shown.whole ? "" : (previous?.id ?? "~");
  for (const item of possible) {
    if (item.id < downTo || !required.has(item.id) || seen.has(item.id)) continue;
    errors.push(`missing: ${textOf(item)}`);
  }
  return errors.slice(0, NAMED_MAX);
}

/** Whether items are newest first, each once. */
export function isDescending(items: readonly { id: string }[]): boolean {
  return items.every((item, index) => index === 0 || item.id < (items[index - 1]?.id ?? ""));
}

function textOf(item: Item): string {
  const answers = item.replyTo === null ? "" : ` to ${item.replyTo}`;
  return `${item.id} ${item.reason} @${item.author} "${item.text}"${answers}`;
}
