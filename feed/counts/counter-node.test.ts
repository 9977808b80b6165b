import { describe, expect, it } from "vitest";
import { Chance } from "../../test/model/chance.ts";
import { makeId } from "../ids.ts";
import {
  BUCKETS,
  COUNTER_CHILDREN,
  COUNTER_MERGE_CALLS_PER_S,
  COUNTER_QUIET_MS,
  COUNTER_RATE_WINDOW_MS,
  COUNTER_SPLIT_CALLS_PER_S,
} from "../limits.ts";
import {
  childFor,
  CounterNode,
  depthOf,
  nodeAbove,
  type NodeName,
  type NodeState,
  numberOf,
  type Report,
} from "./counter-node.ts";
import { CounterRoutes } from "./counter-routes.ts";
import { NO_TALLIES, type PartOfTallies, type Tally } from "./tally.ts";

const POST = makeId(1, 2, 3);
const EMPTY: NodeState = { tallies: NO_TALLIES, children: [], term: null };

/** The nodes of a counter with a network that loses answers, repeats messages and reorders them. */
class Network {
  nowMs = 1_000_000;
  readonly nodes = new Map<NodeName, CounterNode>();
  /** The newest tally of each bucket: what the root has to count in the end. */
  readonly truth = new Map<number, Tally>();
  waiting: Tally[] = [];
  reports: { node: NodeName; report: Report }[] = [];
  /** Adoptions that may be repeated long after. */
  adoptions: { node: NodeName; tallies: PartOfTallies; term: number }[] = [];
  readonly #chance: Chance;
  readonly #routes = [new CounterRoutes(), new CounterRoutes(7)];
  #versions = 0;
  #reportNo = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  node(name: NodeName): CounterNode {
    const node = this.nodes.get(name) ?? new CounterNode(depthOf(name), EMPTY);
    this.nodes.set(name, node);
    return node;
  }

  like(): void {
    const bucket = this.#chance.below(BUCKETS);
    const before = this.truth.get(bucket)?.likes ?? 0;
    const tally = { bucket, likes: before + 1, reposts: 0, version: ++this.#versions };
    this.truth.set(bucket, tally);
    this.waiting.push(tally);
    if (this.#chance.happens(0.3)) this.waiting.push(tally);
  }

  /** Delivers a message, in any order; one that finds no place waits on. */
  deliver(): void {
    const [tally] = this.waiting.splice(this.#chance.below(this.waiting.length), 1);
    const routes = this.#routes[this.#chance.below(this.#routes.length)];
    if (tally === undefined || routes === undefined) return;
    for (let hops = 0; hops < 8; hops++) {
      const name = [...routes.nodesFor(POST, [tally]).keys()][0] ?? POST;
      const node = this.node(name);
      if (!node.isActive) {
        routes.noteInactive(name);
        continue;
      }
      const { moved } = node.apply({ buckets: [tally], replies: null }, this.nowMs);
      if (moved.length === 0) return;
      routes.noteMoved(name, moved);
    }
    this.waiting.push(tally);
  }

  /** Makes a node so busy that it splits, if it can. */
  crowd(name: NodeName): void {
    const calls = (COUNTER_SPLIT_CALLS_PER_S * COUNTER_RATE_WINDOW_MS) / 1_000 + 2;
    const node = this.node(name);
    for (let n = 0; n < calls; n++) node.apply({ buckets: [], replies: null }, this.nowMs);
    if (node.isActive) node.splitIfBusy(this.nowMs);
  }

  restart(name: NodeName): void {
    const state: unknown = JSON.parse(JSON.stringify(this.node(name).state));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was a state before
    this.nodes.set(name, new CounterNode(depthOf(name), state as NodeState));
  }

  send(name: NodeName): void {
    const { term } = this.node(name).state;
    if (term === null) return;
    const node = this.node(name);
    const no = ++this.#reportNo;
    const report = { term, no, sum: node.sum(), callsPerS: 0, isSplit: node.isSplit };
    this.reports.push({ node: name, report });
  }

  /** Delivers a report; `again` leaves it to be delivered once more. */
  receive(at: number, again: boolean): void {
    const sent = this.reports[at];
    if (sent === undefined) return;
    if (!again) this.reports.splice(at, 1);
    const above = nodeAbove(sent.node) ?? "";
    const taken = this.node(above).takeReport(numberOf(sent.node), sent.report, this.nowMs);
    const child = this.node(sent.node);
    if (taken || child.state.term !== sent.report.term) return;
    const tallies = child.retire();
    if (tallies !== null) this.waiting.push(...tallies.buckets);
  }

  /** What a node does by its alarm. @param fails whether a step's answer is lost */
  upkeep(name: NodeName, fails: () => boolean): void {
    const node = this.node(name);
    const quiet = node.isQuiet(this.nowMs);
    for (const { no, term, status } of node.state.children) {
      const child = `${name}/${no}`;
      if (status === "adopting" || (status === "active" && !quiet)) {
        const adoption = { node: child, tallies: node.talliesFor(no), term };
        this.adoptions.push(adoption);
        this.node(child).adopt(adoption.tallies, term);
        if (!fails()) node.noteAdopted(no, term);
      }
      if (status === "active" && quiet) {
        const tallies = this.node(child).retire();
        if (tallies !== null && !fails()) node.takeBack(no, term, tallies);
      }
      if (status === "retiring" && !this.node(child).isActive) {
        this.nodes.delete(child);
        if (!fails()) node.noteCleared(no, term);
      }
    }
  }

  /** Delivers everything, until nothing changes any more. */
  settle(): void {
    for (let round = 0; round < 40; round++) {
      for (const name of this.nodes.keys()) this.upkeep(name, () => false);
      for (const name of this.nodes.keys()) this.send(name);
      while (this.reports.length > 0) this.receive(0, false);
      for (let n = this.waiting.length; n > 0; n--) this.deliver();
    }
  }

  get likes(): number {
    return [...this.truth.values()].reduce((sum, tally) => sum + tally.likes, 0);
  }
}

describe("a counter that splits and merges", () => {
  it("counts every reaction once, with repeated, late and lost messages and restarts", () => {
    for (let seed = 0; seed < 150; seed++) {
      const chance = new Chance(seed);
      const network = new Network(chance);
      for (let step = 0; step < 400; step++) {
        network.nowMs += chance.below(50);
        const names = [...network.nodes.keys()];
        const name = names[chance.below(names.length)] ?? POST;
        const kind = chance.below(100);
        if (kind < 30) network.like();
        else if (kind < 60) network.deliver();
        else if (kind < 63) network.crowd(name);
        else if (kind < 73) network.upkeep(name, () => chance.happens(0.3));
        else if (kind < 83) network.send(name);
        else if (kind < 93) {
          network.receive(chance.below(network.reports.length), chance.happens(0.3));
        } else if (kind < 96) network.restart(name);
        else if (kind < 98) network.nowMs += COUNTER_QUIET_MS;
        else {
          const old = network.adoptions[chance.below(network.adoptions.length)];
          if (old !== undefined) network.node(old.node).adopt(old.tallies, old.term);
        }
        expect(network.node(POST).counts().likes, `seed ${seed}`).toBeLessThanOrEqual(
          network.likes,
        );
      }
      network.settle();
      expect(network.node(POST).counts().likes, `seed ${seed}`).toBe(network.likes);
    }
  });

  it("becomes one object again when it is quiet, which has every tally", () => {
    const network = new Network(new Chance(1));
    for (let n = 0; n < 2_000; n++) network.like();
    network.crowd(POST);
    network.settle();
    for (let no = 0; no < COUNTER_CHILDREN; no++) network.crowd(`${POST}/${no}`);
    network.settle();
    expect(network.nodes.size).toBe(1 + COUNTER_CHILDREN + BUCKETS);
    expect(network.node(POST).state.tallies.buckets).toEqual([]);
    expect(network.node(POST).counts().likes).toBe(2_000);
    // First the lowest nodes are taken back, then those above them.
    for (let rounds = 0; rounds < 2; rounds++) {
      network.nowMs += 2 * COUNTER_QUIET_MS;
      network.settle();
    }
    expect(network.node(POST).isSplit).toBe(false);
    expect(network.node(POST).counts().likes).toBe(2_000);
    expect(network.node(POST).state.tallies.buckets).toHaveLength(network.truth.size);
  });
});

describe("a child of a counter's node", () => {
  const tally = { bucket: 3, likes: 5, reposts: 0, version: 5 };
  const part = { buckets: [tally], replies: null };

  /** A node that has given its one tally to its child, taken it back, and given it away again. */
  function givenTwice() {
    const network = new Network(new Chance(1));
    network.node(POST).apply(part, network.nowMs);
    network.crowd(POST);
    const early: Report = {
      term: network.nowMs,
      no: 1,
      sum: network.node(POST).sum(),
      callsPerS: 0,
      isSplit: false,
    };
    network.settle();
    network.nowMs += 2 * COUNTER_QUIET_MS;
    network.settle();
    network.crowd(POST);
    return { network, early };
  }

  it("whose report is of an earlier activation has not adopted its tallies yet", () => {
    const { network, early } = givenTwice();
    const node = network.node(POST);
    expect(node.takeReport(childFor(0, tally.bucket), early, network.nowMs)).toBe(false);
    expect(node.talliesFor(childFor(0, tally.bucket)).buckets).toEqual([tally]);
  });

  it("stays in its newer activation when an earlier one is repeated", () => {
    const { network, early } = givenTwice();
    const child = new CounterNode(1, EMPTY);
    child.adopt(part, network.nowMs);
    child.adopt(part, early.term);
    expect(child.state.term).toBe(network.nowMs);
  });
});

describe("a post with a hundred thousand likes a second", () => {
  it("keeps every object of its counter under 300 calls a second, some seconds after they began", () => {
    const [LIKES_PER_S, BATCH, ISOLATES, SECONDS, STEP_MS] = [100_000, 100, 50, 12, 100];
    const chance = new Chance(3);
    const nodes = new Map<NodeName, CounterNode>();
    const of = (name: NodeName): CounterNode => {
      const node = nodes.get(name) ?? new CounterNode(depthOf(name), EMPTY);
      nodes.set(name, node);
      return node;
    };
    const isolates = Array.from({ length: ISOLATES }, () => new CounterRoutes());
    const versions = new Map<number, number>();
    let calls = new Map<NodeName, number>();
    const call = (name: NodeName) => calls.set(name, (calls.get(name) ?? 0) + 1);
    let [nowMs, reports] = [1_000_000, 0];
    const deliver = (routes: CounterRoutes, tallies: Tally[]): void => {
      for (let left = tallies, hops = 0; left.length > 0 && hops < 4; hops++) {
        const rest: Tally[] = [];
        for (const [name, some] of routes.nodesFor(POST, left)) {
          call(name);
          const node = of(name);
          const { moved } = node.apply({ buckets: some, replies: null }, nowMs);
          node.splitIfBusy(nowMs);
          routes.noteMoved(name, moved);
          rest.push(
            ...some.filter(({ bucket }) => moved.includes(childFor(depthOf(name), bucket))),
          );
        }
        left = rest;
      }
    };
    for (let second = 0; second < SECONDS; second++) {
      calls = new Map();
      for (let step = 0; step < 1_000 / STEP_MS; step++) {
        nowMs += STEP_MS;
        for (let n = 0; n < (LIKES_PER_S / BATCH / 1_000) * STEP_MS; n++) {
          // A batch reads the newest tally of each bucket that it has a like of.
          const buckets = new Set(Array.from({ length: BATCH }, () => chance.below(BUCKETS)));
          const tallies = [...buckets].map((bucket): Tally => {
            const version = (versions.get(bucket) ?? 0) + 1;
            versions.set(bucket, version);
            return { bucket, likes: version, reposts: 0, version };
          });
          const routes = isolates[n % ISOLATES];
          if (routes !== undefined) deliver(routes, tallies);
        }
        for (const [name, node] of nodes) {
          for (const { no, term, status } of node.state.children) {
            if (status !== "adopting") continue;
            call(`${name}/${no}`);
            of(`${name}/${no}`).adopt(node.talliesFor(no), term);
            node.noteAdopted(no, term);
          }
        }
      }
      // Every node reports once a second, the lowest first.
      for (const name of [...nodes.keys()].toSorted((a, b) => depthOf(b) - depthOf(a))) {
        const node = of(name);
        const above = nodeAbove(name);
        if (above === null || node.state.term === null) continue;
        call(above);
        const { term } = node.state;
        const callsPerS = node.callsPerS(nowMs);
        const report = { term, no: ++reports, sum: node.sum(), callsPerS, isSplit: node.isSplit };
        of(above).takeReport(numberOf(name), report, nowMs);
      }
    }
    const most = Math.max(...calls.values());
    expect(most).toBeLessThan(300);
    const likes = [...versions.values()].reduce((sum, version) => sum + version, 0);
    expect(of(POST).counts().likes).toBe(likes);
    expect(of(POST).callsPerS(nowMs)).toBeGreaterThan(COUNTER_MERGE_CALLS_PER_S);
  });
});
