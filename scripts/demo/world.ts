/** The demo's world: made-up people in the places of a real follow graph. Pure and seeded. */
import type { FollowGraph } from "./graph.ts";
import { peopleMaker, type Person } from "./names.ts";
import { CommandError } from "../project.ts";
import { randomFrom } from "./random.ts";

/** The least number of followees of a demo account, if the graph has such accounts. */
const DEMO_FOLLOWS_MIN = 300;
/** The most followed accounts: the demo's threshold makes them pulled authors. */
const STARS = 2;
/** Accounts that read and react while the demo runs. */
const PLAYERS = 8;

/** The demo's accounts to sign in with, and their passwords, which the demo prints. */
export const DEMO_PEOPLE: readonly (Person & { password: string })[] = [
  { handle: "ada", name: "Ada Lindgren", password: "ada-in-skein" },
  { handle: "noor", name: "Noor Haddad", password: "noor-in-skein" },
  { handle: "tomas", name: "Tomas Vega", password: "tomas-in-skein" },
];

export interface World {
  /** By account. */
  people: readonly Person[];
  following: FollowGraph["following"];
  /** Followers of each account. */
  followers: readonly number[];
  /** Accounts that follow anyone. */
  readers: readonly number[];
  /** The accounts of `DEMO_PEOPLE`, in their order. Nothing is ever done in their names. */
  demo: readonly number[];
  /** The most followed accounts, which are none of the demo's. */
  stars: readonly number[];
  /** The `CELEBRITY_THRESHOLD` that makes the stars pulled authors. */
  threshold: number;
  /** The accounts that are online: readers who share many followees with the demo's people. */
  players: readonly number[];
}

/** Makes a world of a graph; the same graph and seed make the same world. */
export function makeWorld({ accounts, following }: FollowGraph, seed: number): World {
  const followers = Array.from({ length: accounts }, () => 0);
  for (const followees of following.values()) {
    for (const followee of followees) followers[followee] = (followers[followee] ?? 0) + 1;
  }
  const byFollowers = followers.map((_, account) => account);
  byFollowers.sort((a, b) => (followers[b] ?? 0) - (followers[a] ?? 0) || a - b);
  const stars = byFollowers.slice(0, STARS);
  const demo = chooseDemo(following, followers, new Set(stars));
  const makePerson = peopleMaker(
    randomFrom(seed),
    DEMO_PEOPLE.map(({ handle }) => handle),
  );
  const people = Array.from({ length: accounts }, (_, account): Person => {
    const known = DEMO_PEOPLE[demo.indexOf(account)];
    return known === undefined ? makePerson() : { handle: known.handle, name: known.name };
  });
  return {
    people,
    following,
    followers,
    readers: [...following.keys()],
    demo,
    stars,
    threshold: Math.max(1, followers[stars.at(-1) ?? -1] ?? 1),
    players: choosePlayers(following, [...demo, ...stars], demo),
  };
}

/** Readers with the most followees in common with the demo's people; a demo account counts as many. */
function choosePlayers(
  following: FollowGraph["following"],
  excluded: readonly number[],
  demo: readonly number[],
): number[] {
  const weight = new Map<number, number>();
  for (const account of demo) {
    for (const followee of following.get(account) ?? []) {
      weight.set(followee, (weight.get(followee) ?? 0) + 1);
    }
  }
  const most = Math.max(1, ...demo.map((account) => following.get(account)?.length ?? 0));
  for (const account of demo) weight.set(account, most);
  const shared = (reader: number) =>
    (following.get(reader) ?? []).reduce((sum, followee) => sum + (weight.get(followee) ?? 0), 0);
  return [...following.keys()]
    .filter((reader) => !excluded.includes(reader))
    .map((reader) => ({ reader, shared: shared(reader) }))
    .toSorted((a, b) => b.shared - a.shared || a.reader - b.reader)
    .slice(0, PLAYERS)
    .map(({ reader }) => reader);
}

/**
 * Accounts that have many followees, have followers, and follow the stars and each other where the graph
 * allows it, so that a post of one appears in the window of another.
 * @throws CommandError if the graph has too few readers
 */
function chooseDemo(
  following: FollowGraph["following"],
  followers: readonly number[],
  stars: ReadonlySet<number>,
): number[] {
  const follows = (a: number, b: number) => following.get(a)?.includes(b) ?? false;
  const rank = (account: number) => {
    const many = Math.min(following.get(account)?.length ?? 0, DEMO_FOLLOWS_MIN);
    const own = following.get(account) ?? [];
    const followed = [...stars].filter((star) => own.includes(star)).length;
    return (
      (followed * (DEMO_FOLLOWS_MIN + 1) + many) * followers.length + (followers[account] ?? 0)
    );
  };
  const ranks = new Map([...following.keys()].map((account) => [account, rank(account)]));
  const candidates = [...following.keys()]
    .filter((account) => !stars.has(account))
    .toSorted((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0));
  const chosen: number[] = [];
  while (chosen.length < DEMO_PEOPLE.length) {
    const left = candidates.filter((account) => !chosen.includes(account));
    const friend = left.find((account) =>
      chosen.every((other) => follows(account, other) && follows(other, account)),
    );
    const next = friend ?? left[0];
    if (next === undefined) {
      throw new CommandError(
        `The graph needs ${stars.size + DEMO_PEOPLE.length} accounts, ${DEMO_PEOPLE.length} of which follow somebody.`,
      );
    }
    chosen.push(next);
  }
  return chosen;
}

/** All follows, those of the demo accounts first, so that their timelines are complete soonest. */
export function* followsOf(world: World): Generator<[follower: string, followee: string]> {
  const others = world.readers.filter((reader) => !world.demo.includes(reader));
  for (const reader of [...world.demo, ...others]) {
    for (const followee of world.following.get(reader) ?? []) {
      yield [handleOf(world, reader), handleOf(world, followee)];
    }
  }
}

/** The handle of an account. */
export function handleOf(world: World, account: number): string {
  const person = world.people[account];
  if (person === undefined) throw new Error(`the world has no account ${account}`);
  return person.handle;
}
