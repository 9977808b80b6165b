/** The people of a load run: from an edge list, from a timed activity file, or the demo's follow graph. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { CommandError } from "../project.ts";

/** Who follows whom, by numbers. */
export interface Graph {
  people: number[];
  follows: { follower: number; followee: number }[];
}

/** Something that happened: `RT` reposts, `RE` replies, `MT` mentions; `actor` does it to `target`. */
export interface Activity {
  actor: number;
  target: number;
  atS: number;
  kind: "RT" | "RE" | "MT";
}

/**
 * An edge list: a line `a b` says that a follows b, and with `mutual` also that b follows a.
 * @throws CommandError if a line is something else
 */
export async function readEdges(path: string, mutual: boolean): Promise<Graph> {
  const pairs = new Pairs();
  for await (const { fields, number } of fieldsOf(path)) {
    const [a, b] = fields.map(Number);
    if (a === undefined || b === undefined || Number.isNaN(a) || Number.isNaN(b)) {
      throw new CommandError(`${path}, line ${number}: not an edge "a b"`);
    }
    pairs.add(a, b);
    if (mutual) pairs.add(b, a);
  }
  return pairs.graph();
}

/**
 * An activity file: lines `actor target unixSeconds type`, in order of time. Whoever reposted somebody
 * once follows them. @throws CommandError if a line is something else
 */
export async function readTrace(path: string): Promise<{ graph: Graph; activities: Activity[] }> {
  const pairs = new Pairs();
  const activities: Activity[] = [];
  for await (const { fields, number } of fieldsOf(path)) {
    const [actor, target, atS] = fields.slice(0, 3).map(Number);
    const kind = (["RT", "RE", "MT"] as const).find((known) => known === fields[3]);
    if (
      actor === undefined ||
      target === undefined ||
      !Number.isFinite(atS) ||
      kind === undefined
    ) {
      throw new CommandError(`${path}, line ${number}: not "actor target seconds RT|RE|MT"`);
    }
    if (kind === "RT") pairs.add(actor, target);
    activities.push({ actor, target, atS: atS ?? 0, kind });
  }
  return { graph: pairs.graph(), activities };
}

/**
 * The part of a graph with at most `most` people: those with the most edges, so that the part has the
 * whole's hubs, with the edges among them.
 */
export function densestPart({ people, follows }: Graph, most: number): Graph {
  if (people.length <= most) return { people, follows };
  const edges = new Map<number, number>();
  for (const { follower, followee } of follows) {
    for (const one of [follower, followee]) edges.set(one, (edges.get(one) ?? 0) + 1);
  }
  const kept = [...people]
    .sort((a, b) => (edges.get(b) ?? 0) - (edges.get(a) ?? 0) || a - b)
    .slice(0, most);
  const among = new Set(kept);
  return {
    people: kept,
    follows: follows.filter((edge) => among.has(edge.follower) && among.has(edge.followee)),
  };
}

class Pairs {
  readonly #people = new Set<number>();
  readonly #follows = new Map<string, { follower: number; followee: number }>();

  add(follower: number, followee: number): void {
    this.#people.add(follower).add(followee);
    if (follower !== followee) this.#follows.set(`${follower} ${followee}`, { follower, followee });
  }

  graph(): Graph {
    return { people: [...this.#people], follows: [...this.#follows.values()] };
  }
}

async function* fieldsOf(path: string): AsyncGenerator<{ fields: string[]; number: number }> {
  const file = createReadStream(path);
  const failed = new Promise<never>((_, reject) => {
    file.once("error", () => reject(new CommandError(`${path} cannot be read.`)));
  });
  failed.catch(() => undefined);
  await Promise.race([new Promise((resolve) => file.once("open", resolve)), failed]);
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  let number = 0;
  for await (const line of createInterface({ input })) {
    number++;
    const text = line.trim();
    if (text !== "" && !text.startsWith("#") && !text.startsWith("%")) {
      yield { fields: text.split(/[\s,]+/), number };
    }
  }
}
