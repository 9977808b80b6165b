/** Facts for ranking tests: made from little, and arbitrary ones for properties. */
import fc from "fast-check";
import { type Id, makeId } from "../feed/ids.ts";
import type { Engagement } from "../feed/rank/engagement.ts";
import {
  type ItemFacts,
  itemFactsSchema,
  type ViewerFacts,
  viewerFactsSchema,
} from "../feed/rank/facts.ts";
import type { Did, LogLine } from "../feed/rank/training-log.ts";

/** When these facts are looked at. */
export const NOW_MS: number = Date.UTC(2026, 5, 1);
const HOUR_MS = 3_600_000;

/** A person, by number. */
export function personId(n: number): Id {
  return makeId(1_000 + n, n % 1024, n);
}

/** An id of something that came to be some hours before now. */
export function hoursAgo(hours: number, n = 0): Id {
  return makeId(NOW_MS - Math.round(hours * HOUR_MS), n % 1024, n);
}

/** A plain post of an hour ago, with what is given changed. */
export function item(changed: Partial<ItemFacts> = {}): ItemFacts {
  const entry = changed.entry ?? hoursAgo(1);
  const plain = { entry, post: changed.post ?? entry, author: personId(1), chars: 100 };
  return itemFactsSchema.parse({ ...plain, ...changed });
}

/** A viewer of whom nothing is known but what is given. */
export function viewer(known: Partial<ViewerFacts> = {}): ViewerFacts {
  return viewerFactsSchema.parse({ id: personId(0), ...known });
}

const amount = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true }));
const engagement: fc.Arbitrary<Engagement> = fc.record({
  seen: amount,
  dwellMs: amount,
  opens: amount,
  likes: amount,
  reposts: amount,
  replies: amount,
  atMs: fc.integer({ min: 0, max: 2 * NOW_MS }),
});
const people = Array.from({ length: 5 }, (_, n) => personId(n));
const anyone = fc.constantFrom(...people);
/** Odd ones as well: far older, and younger than now, as clocks differ. */
const time = fc.integer({ min: -1, max: 20_000 }).map((hours) => hoursAgo(hours));
const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1e9 }));

export const anyItem: fc.Arbitrary<ItemFacts> = fc.record({
  entry: time,
  post: time,
  author: anyone,
  by: fc.option(anyone),
  reply: fc.boolean(),
  toViewer: fc.boolean(),
  chars: fc.integer({ min: 0, max: 280 }),
  link: fc.boolean(),
  counts: fc.record({ likes: count, reposts: count, replies: count }),
  pace: fc.option(fc.record({ sum: amount, atMs: fc.integer({ min: 0, max: 2 * NOW_MS }) })),
  followers: fc.option(count),
  seen: fc.option(fc.record({ times: count, dwellMs: amount, opened: fc.boolean() })),
  liked: fc.boolean(),
  reposted: fc.boolean(),
});

export const anyViewer: fc.Arbitrary<ViewerFacts> = fc.record({
  id: anyone,
  overall: engagement,
  contents: fc.record({
    post: engagement,
    reply: engagement,
    repost: engagement,
    link: engagement,
  }),
  authors: fc.dictionary(anyone, engagement, { noNullPrototype: true }),
});

export const anyDid: fc.Arbitrary<Did> = fc.record({
  seen: fc.boolean(),
  opened: fc.boolean(),
  liked: fc.boolean(),
  reposted: fc.boolean(),
  replied: fc.boolean(),
  hidden: fc.boolean(),
  dwellMs: fc.integer({ min: 0, max: 60_000 }),
});

export const anyLine: fc.Arbitrary<LogLine> = fc.record({
  v: fc.constant<1>(1),
  page: time,
  atMs: fc.constant(NOW_MS),
  order: fc.constantFrom("ranked", "latest"),
  model: fc.option(fc.string({ maxLength: 20 })),
  viewer: anyViewer,
  items: fc
    .array(fc.tuple(anyItem, anyDid), { minLength: 1, maxLength: 8 })
    .map((items) => items.map(([facts, did], position) => ({ ...facts, position, did }))),
});
