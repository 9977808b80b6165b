/**
 * What a hub sends to its members: at most one message a second, with everything that concerns the member
 * since the last one. A member that has left says so and is removed. One that does not answer is noted in
 * its row, and told later that it has missed something; meanwhile nobody waits for it.
 */
import { errorText } from "../../feed/error-text.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type { AuthorNews, MemberNotices, PostCounts } from "../../feed/delivery/notices.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { HUB_FORWARD_EVERY_MS, LIVE_CALL_TIMEOUT_MS } from "../../feed/limits.ts";
import { broadcast } from "../live/broadcast.ts";
import { withRetries } from "../live/hub-calls.ts";
import type { Members } from "./members.ts";

/** What members may get. */
export interface Forwarded {
  news: readonly AuthorNews[];
  counts: readonly PostCounts[];
  /** Authors of whom followers may have missed changes. */
  missed: readonly UserId[];
}

/** What waits for the next message. */
interface Batch {
  news: AuthorNews[];
  counts: Map<PostId, PostCounts>;
  missed: Set<UserId>;
  sent: Promise<void>;
  resolve: () => void;
}

export class Forwarder {
  readonly #hub: HubName;
  readonly #env: Pick<Env, "HOME_TIMELINE">;
  readonly #members: Members;
  readonly #onMissed: () => Promise<void>;
  #waiting: Batch | null = null;
  #running = false;
  #startedMs = -Infinity;
  /** Members to which a notice of missed messages is being sent. */
  readonly #telling = new Set<UserId>();

  /** @param onMissed runs when a member has not answered: `tellMissed` has to be called later */
  constructor(
    hub: HubName,
    env: Pick<Env, "HOME_TIMELINE">,
    members: Members,
    onMissed: () => Promise<void>,
  ) {
    this.#hub = hub;
    this.#env = env;
    this.#members = members;
    this.#onMissed = onMissed;
  }

  /** Sends members what concerns them. It ends once they have it, or are noted as having missed it. */
  forward({ news, counts, missed }: Forwarded): Promise<void> {
    const batch = (this.#waiting ??= newBatch());
    batch.news.push(...news);
    for (const one of counts) batch.counts.set(one.post, one);
    for (const author of missed) batch.missed.add(author);
    if (!this.#running) void this.#run();
    return batch.sent;
  }

  /** Tells members that they have missed something. @returns whether any of them has not answered */
  async tellMissed(): Promise<boolean> {
    await broadcast(this.#members.missed(), {
      call: (user) => this.#tell(user),
      onAnswer: () => undefined,
      onFailure: () => undefined,
    });
    return this.#members.missed().length > 0;
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let batch = this.#waiting; batch !== null; batch = this.#waiting) {
      // A clock that was set back must not stop the hub.
      const pauseMs = Math.min(
        HUB_FORWARD_EVERY_MS,
        this.#startedMs + HUB_FORWARD_EVERY_MS - Date.now(),
      );
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      this.#waiting = null;
      this.#startedMs = Date.now();
      await this.#send(batch);
      batch.resolve();
    }
    this.#running = false;
  }

  async #send(batch: Batch): Promise<void> {
    const messages = this.#messagesOf(batch);
    for (const user of [...messages.keys()].filter((one) => this.#members.hasMissed(one))) {
      messages.delete(user);
      void this.#tell(user).catch(() => undefined);
    }
    await broadcast([...messages], {
      call: ([user, message]) => this.#call(user, message),
      onAnswer: () => undefined,
      onFailure: ([user], error) => {
        console.warn("a member of a hub took no notices", { user, error: errorText(error) });
        this.#members.setMissed(user, true);
      },
    });
    if (this.#members.missed().length > 0) await this.#onMissed();
  }

  /** The message to each member that something of a batch concerns. */
  #messagesOf({ news, counts, missed }: Batch): Map<UserId, MemberNotices> {
    const nowMs = Date.now();
    const messages = new Map<
      UserId,
      { news: AuthorNews[]; counts: PostCounts[]; missed: boolean }
    >();
    const of = (user: UserId) => {
      const message = messages.get(user) ?? { news: [], counts: [], missed: false };
      messages.set(user, message);
      return message;
    };
    for (const one of news) {
      for (const user of this.#members.followersOf(one.author)) of(user).news.push(one);
    }
    for (const one of counts.values()) {
      for (const user of this.#members.watchersOf(one.post, nowMs)) of(user).counts.push(one);
    }
    for (const author of missed) {
      for (const user of this.#members.followersOf(author)) of(user).missed = true;
    }
    return messages;
  }

  async #tell(user: UserId): Promise<void> {
    if (this.#telling.has(user)) return;
    this.#telling.add(user);
    try {
      await this.#call(user, { news: [], counts: [], missed: true });
      this.#members.setMissed(user, false);
    } finally {
      this.#telling.delete(user);
    }
  }

  async #call(user: UserId, message: MemberNotices): Promise<void> {
    const joins = this.#members.joinsOf(user);
    const stays = await withRetries(
      async () => await this.#env.HOME_TIMELINE.getByName(user).receive(this.#hub, message),
      LIVE_CALL_TIMEOUT_MS,
    );
    if (!stays) this.#members.remove(user, joins);
  }
}

function newBatch(): Batch {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { news: [], counts: new Map(), missed: new Set(), sent: promise, resolve };
}
