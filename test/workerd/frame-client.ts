/**
 * A client that reads its timeline once, and from then on follows the frames of its socket alone. It
 * reads again only when it is told to. Its items are in the order of their ids.
 */
import type { Session, Timeline, TimelineItem } from "../../feed/wire.ts";
import { LiveSocket } from "./socket.ts";
import type { World } from "./world.ts";

export class FrameClient {
  readonly #world: World;
  readonly #session: Session;
  readonly #items = new Map<string, TimelineItem>();
  #socket: LiveSocket;
  /** How many frames of the socket have been applied. */
  #applied = 0;
  /** The newest number of any frame, or of the page that was read. */
  #seq: number;

  private constructor(world: World, session: Session, socket: LiveSocket, seq: number) {
    this.#world = world;
    this.#session = session;
    this.#socket = socket;
    this.#seq = seq;
  }

  /** Reads the timeline, and opens a socket that goes on from there. */
  static async open(world: World, session: Session): Promise<FrameClient> {
    const { items, seq } = await readWhole(world, session);
    const socket = await LiveSocket.open(world, session, { since: seq });
    const client = new FrameClient(world, session, socket, seq);
    client.#replace(items);
    return client;
  }

  /** Loses the connection and comes back, without reading anything. */
  async reconnect(): Promise<void> {
    await this.catchUp();
    this.#socket.close();
    this.#socket = await LiveSocket.open(this.#world, this.#session, { since: this.#seq });
    this.#applied = 0;
  }

  /** Applies the frames that have come. @throws Error if two of them have one number */
  async catchUp(): Promise<void> {
    while (this.#applied < this.#socket.frames.length) {
      const frames = this.#socket.frames.slice(this.#applied);
      this.#applied += frames.length;
      let resync = false;
      for (const frame of frames) {
        if (frame.type === "resync") resync = true;
        if (frame.type === "post") this.#show(frame.item);
        if (frame.type === "delete") this.#items.delete(frame.postId);
        if ("seq" in frame) this.#seq = Math.max(this.#seq, frame.seq);
      }
      this.#checkNumbers();
      if (!resync) continue;
      const { items, seq } = await readWhole(this.#world, this.#session);
      this.#replace(items);
      this.#seq = Math.max(this.#seq, seq);
    }
  }

  /** The posts on show, from the top. */
  get posts(): string[] {
    return [...this.#items.values()]
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map((item) => item.post.id);
  }

  close(): void {
    this.#socket.close();
  }

  /** A post that shows twice is at its newest place. */
  #show(item: TimelineItem): void {
    const before = this.#items.get(item.post.id);
    if (before === undefined || before.id < item.id) this.#items.set(item.post.id, item);
  }

  #replace(items: readonly TimelineItem[]): void {
    this.#items.clear();
    for (const item of items) this.#show(item);
  }

  #checkNumbers(): void {
    // The hello names the newest number; what a replay repeats comes after it and is older.
    const numbers = this.#socket.frames.flatMap((frame) =>
      "seq" in frame && frame.type !== "hello" ? [frame.seq] : [],
    );
    const isGrowing = numbers.every((seq, n) => n === 0 || seq > (numbers[n - 1] ?? 0));
    if (!isGrowing) throw new Error(`frames are numbered ${numbers.join()}`);
  }
}

async function readWhole(
  world: World,
  { token }: Session,
): Promise<{ items: TimelineItem[]; seq: number }> {
  const items: TimelineItem[] = [];
  let seq: number | null = null;
  let cursor = "";
  for (;;) {
    const path = `/v1/timeline?order=latest&limit=100${cursor}`;
    const { body } = await world.call<Timeline>("GET", path, { token });
    seq ??= body.seq;
    items.push(...body.items);
    if (body.next === null) return { items, seq };
    cursor = `&cursor=${body.next}`;
  }
}
