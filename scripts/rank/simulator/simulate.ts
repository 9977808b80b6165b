/**
 * Simulated viewers with hidden tastes read pages and leave a training log in the product's own form.
 * Everything follows from a seed, and no viewer depends on another.
 */
import { type Id, makeId, type PostId } from "../../../feed/ids.ts";
import { BUCKETS, DWELLED_MIN_MS } from "../../../feed/limits.ts";
import { type Engagement, engage, NO_ENGAGEMENT } from "../../../feed/rank/engagement.ts";
import {
  contentsOf,
  engageContents,
  type ItemFacts,
  lookedAgain,
  NO_CONTENTS,
  type SeenBefore,
  type ViewerFacts,
  withPeople,
} from "../../../feed/rank/facts.ts";
import { firstStageScores } from "../../../feed/rank/first-stage-ranker.ts";
import type { Did, LogLine } from "../../../feed/rank/training-log.ts";
import type { Random } from "../../demo/random.ts";
import { exponential, randomOf, shuffled } from "./draws.ts";
import { answersViewer, chancesOf, drawTastes, type Tastes, worthOf } from "./tastes.ts";
import {
  BEGIN_MS,
  countsAt,
  LENGTH_MS,
  makeWorld,
  velocityAt,
  type SimulatedEntry,
  type World,
} from "./world.ts";

export interface Simulation {
  seed: number;
  viewers: number;
  /** Pages each viewer reads in two weeks. */
  pages: number;
  /** The most items of a page. */
  items: number;
}

/** A served page, with the true worth of each item, which only the simulator knows. */
export interface SimulatedPage {
  line: LogLine;
  worths: number[];
}

/** The probability of a look by position: half at the 8th, a quarter at the 50th. */
export function attention(position: number): number {
  return (1 + position) ** -0.33;
}

/** Items on screen before the viewer stops scrolling, on average. */
const SCROLL_MEAN_ITEMS = 15;
const CANDIDATE_MAX_AGE_MS = 7 * 24 * 3_600_000;
const CANDIDATES_MAX = 200;
const FIRST_LOOK_MS = 2_000;

/** The pages of each viewer, in the order of reading. */
export function* simulate(simulation: Simulation): Generator<SimulatedPage> {
  const world = makeWorld(simulation.seed);
  for (let number = 0; number < simulation.viewers; number++) {
    const random = randomOf(simulation.seed, 4, number);
    const viewer = new Reader(world, drawTastes(random, world, number));
    const times = Array.from({ length: simulation.pages }, () => random.next() * LENGTH_MS);
    for (const [n, time] of times.sort((a, b) => a - b).entries()) {
      const page = makeId(Math.floor(BEGIN_MS + time), number % BUCKETS, n);
      const read = viewer.read(random, Math.floor(BEGIN_MS + time), simulation.items, page);
      if (read !== null) yield read;
    }
  }
}

interface Candidate {
  entry: SimulatedEntry;
  facts: ItemFacts;
}

/** One viewer through two weeks. */
class Reader {
  readonly #world: World;
  readonly #tastes: Tastes;
  readonly #id: Id;
  #overall: Engagement = NO_ENGAGEMENT;
  #contents: ViewerFacts["contents"] = NO_CONTENTS;
  readonly #authors = new Map<Id, Engagement>();
  readonly #seen = new Map<PostId, SeenBefore>();
  readonly #liked = new Set<PostId>();
  readonly #reposted = new Set<PostId>();
  readonly #hidden = new Set<Id>();

  constructor(world: World, tastes: Tastes) {
    this.#world = world;
    this.#tastes = tastes;
    this.#id = makeId(BEGIN_MS - 1, tastes.number % BUCKETS, tastes.number);
  }

  /** Reads one page; null if there is nothing to read. */
  read(random: Random, nowMs: number, limit: number, page: Id): SimulatedPage | null {
    const candidates = this.#candidates(nowMs);
    const viewer = this.#facts(candidates);
    const { order, ordered } = arranged(random, candidates, viewer, nowMs);
    const shown = ordered.slice(0, limit);
    if (shown.length === 0) return null;
    const depth = 3 + Math.floor(exponential(random, SCROLL_MEAN_ITEMS - 3));
    const looks = shown.map(({ entry, facts }, position) => {
      const chances = chancesOf(this.#world, this.#tastes, entry, { nowMs, ...facts });
      const looksAt = random.chance(attention(position));
      const did = actionsOf(random, chances, { seen: position < depth, looksAt });
      return { facts, position, did, worth: worthOf(chances) };
    });
    const people = new Set(shown.flatMap(({ facts }) => [facts.author, facts.by ?? facts.author]));
    for (const { facts, did } of looks) this.#remember(facts, did, nowMs);
    return {
      line: {
        v: 1,
        page,
        atMs: nowMs,
        order,
        model: null,
        viewer: withPeople(viewer, people),
        items: looks.map(({ facts, position, did }) => ({ ...facts, position, did })),
      },
      worths: looks.map(({ worth }) => worth),
    };
  }

  /** The candidates, newest first, each post at its newest occurrence. */
  #candidates(nowMs: number): Candidate[] {
    const shown = new Set<PostId>();
    return this.#tastes.follows
      .filter(({ id }) => !this.#hidden.has(id))
      .flatMap(({ entries }) =>
        entries.filter(({ atMs }) => atMs < nowMs && atMs > nowMs - CANDIDATE_MAX_AGE_MS),
      )
      .sort((a, b) => b.atMs - a.atMs)
      .filter(({ post }) => {
        const fresh = !shown.has(post.id) && !this.#hidden.has(post.author.id);
        shown.add(post.id);
        return fresh;
      })
      .slice(0, CANDIDATES_MAX)
      .map((entry) => ({ entry, facts: this.#itemFacts(entry, nowMs) }));
  }

  #itemFacts(entry: SimulatedEntry, nowMs: number): ItemFacts {
    const { post, by } = entry;
    return {
      entry: entry.id,
      post: post.id,
      author: post.author.id,
      by: by?.id ?? null,
      reply: post.reply,
      toViewer: answersViewer(this.#world, this.#tastes, entry),
      chars: post.chars,
      link: post.link,
      counts: countsAt(post, nowMs),
      // Not every card knows how many follow its account.
      followers: post.author.number % 5 === 0 ? null : post.author.followers,
      // Nor do all counts come with their pace.
      pace: post.number % 5 === 0 ? null : velocityAt(post, nowMs),
      seen: this.#seen.get(post.id) ?? null,
      liked: this.#liked.has(post.id),
      reposted: this.#reposted.has(post.id),
    };
  }

  #facts(candidates: readonly Candidate[]): ViewerFacts {
    const present = candidates.flatMap(({ facts }) => [facts.author, facts.by ?? facts.author]);
    const authors: Record<Id, Engagement> = {};
    for (const author of new Set(present)) {
      const known = this.#authors.get(author);
      if (known !== undefined) authors[author] = known;
    }
    return { id: this.#id, overall: this.#overall, contents: this.#contents, authors };
  }

  #remember(facts: ItemFacts, did: Did, nowMs: number): void {
    if (!did.seen) return;
    const delta = {
      seen: 1,
      dwellMs: did.dwellMs,
      opens: Number(did.opened),
      likes: Number(did.liked),
      reposts: Number(did.reposted),
      replies: Number(did.replied),
    };
    this.#overall = engage(this.#overall, delta, nowMs);
    this.#contents = engageContents(this.#contents, contentsOf(facts), delta, nowMs);
    for (const author of new Set([facts.author, facts.by ?? facts.author])) {
      this.#authors.set(author, engage(this.#authors.get(author) ?? NO_ENGAGEMENT, delta, nowMs));
    }
    this.#seen.set(facts.post, lookedAgain(this.#seen.get(facts.post), did));
    if (did.liked) this.#liked.add(facts.post);
    if (did.reposted) this.#reposted.add(facts.post);
    if (did.hidden) this.#hidden.add(facts.author);
  }
}

/**
 * The order of a page. A model that learns from one order alone is biased, so some pages are latest
 * first, some in the first-stage ranker's order, and some shuffled.
 */
function arranged(
  random: Random,
  candidates: readonly Candidate[],
  viewer: ViewerFacts,
  nowMs: number,
): { order: LogLine["order"]; ordered: Candidate[] } {
  const draw = random.next();
  if (draw < 0.4) return { order: "latest", ordered: [...candidates] };
  if (draw < 0.6) return { order: "ranked", ordered: shuffled(random, candidates) };
  const scores = firstStageScores(
    viewer,
    candidates.map(({ facts }) => facts),
    nowMs,
  );
  const ordered = candidates
    .map((candidate, n) => ({ candidate, score: scores[n] ?? 0 }))
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => candidate);
  return { order: "ranked", ordered };
}

/** The viewer's actions on an item: none unless it is on screen and gets a look. */
function actionsOf(
  random: Random,
  chances: ReturnType<typeof chancesOf>,
  { seen, looksAt }: { seen: boolean; looksAt: boolean },
): Did {
  const happens = (chance: number) => random.chance(chance) && seen && looksAt;
  const read = happens(chances.dwell);
  const lookMs = read
    ? DWELLED_MIN_MS + exponential(random, 6_000)
    : Math.min(DWELLED_MIN_MS - 1, exponential(random, looksAt ? FIRST_LOOK_MS : 200));
  return {
    seen,
    opened: happens(chances.open),
    liked: happens(chances.like),
    reposted: happens(chances.repost),
    replied: happens(chances.reply),
    hidden: happens(chances.hide),
    dwellMs: seen ? Math.round(lookMs) : 0,
  };
}
