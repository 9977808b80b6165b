/**
 * Prints the people of the login with their history, as the lines of an import: what a query of an app's own
 * tables would print.
 *
 * A key is the app's own name of a post. It comes before what answers or likes it.
 */
import { LOGIN, PEOPLE } from "./people.ts";

const HOUR_MS = 60 * 60 * 1000;
const handles = [...PEOPLE.values()].map(({ handle }) => handle);
const count = handles.length;
const TEXTS = [
  "The first frost of the year.",
  "Does anybody know a good place for soup?",
  "Finished the book. Read it.",
  "The new bridge is open, and it hums.",
  "Looking for a second hand for a piano, third floor.",
];

function print(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Numbers that look random and are the same in every run, so that the import can be repeated. */
let seed = 1;
function below(limit: number): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % limit;
}

for (const [email, { handle, name }] of PEOPLE) {
  print({
    user: { handle, name, bio: `Hello, I am ${name}.`, externalId: { iss: LOGIN, sub: email } },
  });
}
/** Somebody: those at the beginning of the list are known best. */
const somebody = (): string => handles[Math.min(below(count), below(count))] ?? "";
for (const handle of handles) {
  const followees = new Set(
    Array.from({ length: 15 }, somebody).filter((other) => other !== handle),
  );
  for (const followee of followees) print({ follow: [handle, followee] });
}
// The newest is an hour old: an import brings what lies in the past.
const today = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS;
for (let n = 0; n < count * 3; n++) {
  const at = new Date(today - HOUR_MS - (count * 3 - n) * (HOUR_MS / 6)).toISOString();
  const replyTo = n > 20 && below(4) === 0 ? { replyTo: `post:${n - 1 - below(20)}` } : {};
  const text = TEXTS[below(TEXTS.length)];
  print({ post: { key: `post:${n}`, author: somebody(), text, at, ...replyTo } });
  for (let likes = below(4); likes > 0; likes--) print({ like: [somebody(), `post:${n}`] });
  if (below(10) === 0) print({ repost: [somebody(), `post:${n}`, at] });
}
