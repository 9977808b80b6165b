/** The tables of docs/scale.md, as Markdown. */
import { markdownTable } from "../markdown-table.ts";
import type { NearRead } from "./model/near-reads.ts";
import type { WideRead } from "./model/wide-readers.ts";
import type { ScaleResult } from "./result.ts";
import { count, rounded, share } from "./numbers.ts";

/** The tables that the document has, each with its title. */
export function documentTables(result: DocumentResult): { title: string; text: string }[] {
  return result.store === "objects"
    ? [objectsTable(result), ...(result.wide === null ? [] : [wideTable(result.wide)])]
    : d1Tables(result);
}

type DocumentResult = Pick<ScaleResult, "near" | "store" | "steps" | "stops" | "wide">;

/** Reads of people who follow many, as a table. */
export function wideTable(wide: readonly WideRead[]): { title: string; text: string } {
  return {
    title: "Readers who follow many",
    text: markdownTable(
      ["what", "follows", "calls", "calls of one invocation", "time of the calls", "a million"],
      wide.map(({ what, followees, calls, callsOfInvocation, ms, dollarsPerMillion }) => [
        what,
        count(followees),
        count(calls),
        count(callsOfInvocation),
        `${ms} ms`,
        `$${count(Math.round(dollarsPerMillion))}`,
      ]),
    ),
  };
}

/** The cost of counts and heads for each value of the unknowns, as a table. */
function nearTable(near: readonly NearRead[]): { title: string; text: string } {
  const dollars = (value: number) => `$${value.toFixed(2)}`;
  return {
    title: "Counts and heads",
    text: markdownTable(
      ["pulled authors", "readers in one data centre", "counts", "heads", "counts to rank by"],
      near.map(({ pulled, readersShare, counts, heads, ranked }) => [
        count(pulled),
        share(readersShare),
        dollars(counts),
        dollars(heads),
        dollars(ranked),
      ]),
    ),
  };
}

function objectsTable({ stops }: DocumentResult): { title: string; text: string } {
  return {
    title: "Without a ceiling",
    text: markdownTable(
      ["what", "of its limit at the target", "addressed by"],
      stops
        .filter(({ ofStore }) => ofStore)
        .sort((a, b) => b.atTarget - a.atTarget)
        .map(({ component, atTarget, file }) => [component, share(atTarget), `\`${file}\``]),
    ),
  };
}

function d1Tables({ near, steps, stops }: DocumentResult): { title: string; text: string }[] {
  const at = (posts: number | null) => (posts === null ? "above the target" : rounded(posts));
  return [
    nearTable(near),
    {
      title: "Steps",
      text: markdownTable(
        ["users", "posts/s", "shards", "fan-out queues", "used most", "of its limit"],
        steps.map(({ users, postsPerSecond, shards, queues, worst }) => [
          count(users),
          count(postsPerSecond),
          count(shards),
          count(queues.fanout),
          worst[0]?.component ?? "",
          share(worst[0]?.utilisation ?? 0),
        ]),
      ),
    },
    {
      title: "Where each part stops",
      text: markdownTable(
        ["what", "70 % at posts/s", "100 % at posts/s", "addressed by"],
        stops.map(({ component, at70, at100, file }) => [
          component,
          at(at70),
          at(at100),
          `\`${file}\``,
        ]),
      ),
    },
    {
      title: "Dollars",
      text: markdownTable(
        ["users", "deliveries", "pages", "likes", "reports", "online-hours", "minutes on screen"],
        steps.map(({ users, dollars }) => [
          count(users),
          dollars.perMillionDeliveries.toFixed(2),
          dollars.perMillionPages.toFixed(2),
          dollars.perMillionLikes.toFixed(2),
          dollars.perMillionReports.toFixed(2),
          dollars.perMillionOnlineHours.toFixed(2),
          dollars.perMillionScreenMinutes.toFixed(2),
        ]),
      ),
    },
  ];
}
