import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyDid, anyLine, hoursAgo, item, NOW_MS, personId, viewer } from "../../test/facts.ts";
import { makeId } from "../ids.ts";
import {
  DWELL_MAX_MS,
  DWELLED_MIN_MS,
  PAGE_EFFECT_MS,
  PAGE_MAX_ITEMS,
  RANK_LOG_LINE_MAX_BYTES,
} from "../limits.ts";
import { NO_VELOCITY } from "../counts/velocity.ts";
import { FEATURES, featureRows } from "./features.ts";
import { HEADS } from "./heads.ts";
import {
  examined,
  isLogged,
  labelsOf,
  type LoggedItem,
  type LogLine,
  logLineText,
  parseLogLine,
} from "./training-log.ts";

const NOTHING: LoggedItem["did"] = {
  seen: false,
  opened: false,
  liked: false,
  reposted: false,
  replied: false,
  hidden: false,
  dwellMs: 0,
};

/** A page with the viewer's actions on some items, by position. */
function page(did: Record<number, Partial<LoggedItem["did"]>>, count = 5): LogLine {
  const items = Array.from({ length: count }, (_, n) => ({
    ...item({ entry: hoursAgo(n + 1, n), author: personId(n + 1) }),
    position: n,
    did: { ...NOTHING, ...did[n] },
  }));
  const about = { v: 1 as const, page: hoursAgo(0), atMs: NOW_MS, order: "latest" as const };
  return { ...about, model: null, viewer: viewer(), items };
}

function errorOf(text: string): string {
  const parsed = parseLogLine(text);
  return parsed.ok ? "accepted" : parsed.error;
}

/** The text of a simple page with a changed first item. */
function lineWith(change: object): string {
  const line = page({});
  return JSON.stringify({ ...line, items: [{ ...line.items[0], ...change }] });
}

describe("a line of the log", () => {
  it("is the same after writing and reading, to four digits of a fraction", () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const parsed = parseLogLine(logLineText(line));
        expect(parsed).toMatchObject({ ok: true });
        if (!parsed.ok) return;
        const { viewer: by, items, ...rest } = parsed.line;
        const { viewer: _, items: written, ...wanted } = line;
        expect(rest).toEqual(wanted);
        expect(items.map(({ position, did, entry }) => ({ position, did, entry }))).toEqual(
          written.map(({ position, did, entry }) => ({ position, did, entry })),
        );
        const { likes } = line.viewer.overall;
        expect(Math.abs(by.overall.likes - likes)).toBeLessThanOrEqual(likes / 1_000);
        expect(Object.keys(by.authors)).toEqual(Object.keys(line.viewer.authors));
      }),
    );
  });

  it("gives training the same features as serving", () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const parsed = parseLogLine(logLineText(line));
        if (!parsed.ok) throw new Error(parsed.error);
        const served = featureRows(line.viewer, line.items, NOW_MS);
        featureRows(parsed.line.viewer, parsed.line.items, NOW_MS).forEach((value, at) => {
          const wanted = served[at] ?? Number.NaN;
          expect(Math.abs(value - wanted), FEATURES[at % FEATURES.length]?.name).toBeLessThan(0.01);
        });
      }),
    );
  });

  it("distinguishes a velocity of 0 from an unknown one", () => {
    for (const pace of [NO_VELOCITY, null]) {
      const [first, ...others] = page({}).items;
      const items = first === undefined ? [] : [{ ...first, pace }, ...others];
      const parsed = parseLogLine(logLineText({ ...page({}), items }));
      expect(parsed).toMatchObject({ ok: true, line: { items: [{ pace }, {}, {}, {}, {}] } });
    }
  });

  it("is bounded, also for the largest page of a viewer with every action", () => {
    const large = { seen: 123456.789, dwellMs: 1234567890.123, opens: 12345.678, likes: 12345.678 };
    const engaged = { ...large, reposts: 12345.678, replies: 12345.678, atMs: NOW_MS };
    const all = { opened: true, liked: true, reposted: true, replied: true, hidden: true };
    const did = { ...all, seen: true, dwellMs: DWELL_MAX_MS };
    const items = Array.from({ length: PAGE_MAX_ITEMS }, (_, n) => ({
      ...item({ entry: hoursAgo(1, n), author: personId(n), by: personId(n + PAGE_MAX_ITEMS) }),
      ...{ reply: true, toViewer: true, chars: 280, link: true, followers: 123456789 },
      ...{ counts: { likes: 123456789, reposts: 123456789, replies: 123456789 } },
      ...{ pace: { sum: 123456.789, atMs: NOW_MS } },
      ...{ seen: { times: 1234, dwellMs: 123456789.123, opened: true } },
      ...{ liked: true, reposted: true, position: 999_999 - n, did },
    }));
    const authors = Object.fromEntries(
      items.flatMap(({ author, by }) => [author, by ?? author].map((id) => [id, engaged])),
    );
    expect(Object.keys(authors)).toHaveLength(2 * PAGE_MAX_ITEMS);
    const contents = { post: engaged, reply: engaged, repost: engaged, link: engaged };
    const by = { id: personId(0), overall: engaged, contents, authors };
    const text = logLineText({ ...page({}), model: "m".repeat(100), viewer: by, items });
    expect(text.length).toBeLessThan(RANK_LOG_LINE_MAX_BYTES);
    expect(errorOf(text)).toBe("accepted");
  });

  it.each([
    ["", "it is not JSON"],
    [logLineText(page({})).slice(0, 200), "it is not JSON (was it cut off?)"],
    [JSON.stringify({ ...page({}), v: 2 }), 'its version "v" is 2, and this code reads 1'],
    ["{}", 'its version "v" is missing'],
    ["[1]", 'its version "v" is missing'],
    [JSON.stringify({ ...page({}), items: [] }), "items: "],
    [JSON.stringify({ ...page({}), viewer: {} }), "viewer.id: "],
    [lineWith({ position: undefined }), "items[0].position: "],
    [lineWith({ entry: "somewhere" }), "items[0].entry: not an id"],
    [lineWith({ chars: 10 }).replace('"chars":10', '"chars":1e999'), "items[0].chars: "],
    [lineWith({ did: { liekd: true } }), 'items[0].did: Unrecognized key: "liekd"'],
    [lineWith({ counts: { likes: -1 } }), "items[0].counts.likes: "],
    [" ".repeat(RANK_LOG_LINE_MAX_BYTES + 1), "it has more than"],
  ])("is refused with an error that names the fault: %.60s", (text, error) => {
    expect(errorOf(text)).toContain(error);
  });

  it("is refused for any invalid text, without throwing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (any) => {
        expect(errorOf(any)).not.toBe("accepted");
      }),
    );
  });
});

describe("the examples of a page", () => {
  const places = (line: LogLine) => examined(line).map(({ position }) => position);

  it("end with the last item that was seen or acted on", () => {
    expect(places(page({ 1: { seen: true }, 2: { seen: true } }))).toEqual([0, 1, 2]);
    expect(places(page({ 3: { liked: true } }))).toEqual([0, 1, 2, 3]);
    expect(places(page({ 0: { dwellMs: 10 } }))).toEqual([0]);
  });

  it("are none if no item was seen", () => {
    expect(places(page({}))).toEqual([]);
  });

  it("leave out the viewer's own posts", () => {
    const line = page({ 4: { seen: true } });
    expect(places({ ...line, viewer: viewer({ id: personId(2) }) })).toEqual([0, 2, 3, 4]);
  });

  it("have one label per head, and a post counts as read after five seconds", () => {
    fc.assert(
      fc.property(anyDid, (did) => {
        expect(Object.keys(labelsOf(did))).toEqual([...HEADS]);
        expect(labelsOf(did).dwell).toBe(did.dwellMs >= DWELLED_MIN_MS);
        expect(labelsOf(did).like).toBe(did.liked);
      }),
    );
  });
});

it("the sample of logged pages is drawn by viewer and hour, at the configured rate", () => {
  const hours = Array.from({ length: 40 }, (_, n) => (500_000 + n) * PAGE_EFFECT_MS);
  const viewers = Array.from({ length: 100 }, (_, n) => makeId(n + 1, n, n));
  const share = (some: readonly string[], times: readonly number[]) =>
    some.flatMap((one) => times.filter((atMs) => isLogged(one, atMs, 30))).length /
    (some.length * times.length);
  // Binomial, with p = 0.3: six standard deviations.
  const around = (n: number) => [0.3, 6 * Math.sqrt((0.3 * 0.7) / n)] as const;
  const isAround = (found: number, n: number) => {
    const [middle, off] = around(n);
    expect(Math.abs(found - middle)).toBeLessThan(off);
  };
  isAround(share(viewers, hours), 4_000);
  for (const one of viewers) isAround(share([one], hours), 40);
  for (const atMs of hours) isAround(share(viewers, [atMs]), 100);
  const [anyone = ""] = viewers;
  for (const beganMs of hours) {
    const drawn = [0, 0.3, 0.999].map((part) =>
      isLogged(anyone, Math.floor(beganMs + part * PAGE_EFFECT_MS), 30),
    );
    expect(new Set(drawn).size).toBe(1);
  }
  expect(isLogged(anyone, 0, 0)).toBe(false);
  expect(hours.every((atMs) => isLogged(anyone, atMs, 100))).toBe(true);
});
