/** Work that fails or is interrupted: an answer that promises durability waits for it. */
import { listedLetters, retryLetters } from "./letters.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StoreUnavailable } from "../../db/store.ts";
import { FANOUT_RPC_TIMEOUT_MS, JOB_ATTEMPTS_MAX, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import { consume } from "../../workers/jobs/consumer.ts";
import { type HomeStub, ObjectUnavailable } from "../../durable-objects/objects.ts";
import { fanoutJobSchema } from "../../feed/delivery/jobs.ts";
import type { Session } from "../../feed/wire.ts";
import { dieAt, throughSteps } from "./steps.ts";
import { type Held, World } from "./world.ts";
import { eventually } from "../eventually.ts";
import { countLetters, listLetters, waitingJobs } from "../all-shards.ts";

// Many of these tests run an operation once for each of its steps.
vi.setConfig({ testTimeout: 60_000 });

/** After this time every outbox row is due. */
const LATER_MS = 10 * 60 * OUTBOX_DUE_MS;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Makes an author and followers with warm timelines. */
async function audience(count: number) {
  const world = new World();
  return { world, ...(await world.audience(count)) };
}

type Work = (home: HomeStub) => Promise<unknown>;

/** Intercepts calls to some timelines until the mocks are restored. */
function meddle(world: World, users: readonly Session[], meddling: () => Promise<never>) {
  const { homes } = world.deps;
  const call = homes.call.bind(homes);
  const ids = new Set(users.map(({ user }) => user.id));
  return vi
    .spyOn(homes, "call")
    .mockImplementation((user: string, work: Work, hint?: DurableObjectLocationHint | null) =>
      ids.has(user) ? meddling() : call(user, work, hint ?? null),
    );
}

const fails = () => Promise.reject(new ObjectUnavailable("it does not answer"));
const hangs = () => new Promise<never>(() => undefined);

/** Hands one message to the consumer and returns its answer. */
function messageOf({ body }: Held) {
  const answers: string[] = [];
  const message: Message = {
    id: "1",
    timestamp: new Date(),
    attempts: 1,
    body,
    ack: () => answers.push("ack"),
    retry: () => answers.push("retry"),
  };
  const batch: MessageBatch = {
    queue: "skein-fanout-0",
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    messages: [message],
    ackAll: () => undefined,
    retryAll: () => undefined,
  };
  return { batch, answers };
}

describe("an answer that promises durability waits for it", () => {
  it("a post gets its 201 only after its batch is written, and 503 while the store is down", async () => {
    const { world, author, readers } = await audience(1);
    const publish = vi.spyOn(world.deps.store.posts, "publish");
    publish.mockRejectedValue(new StoreUnavailable("shard 0"));
    const body = { text: "lost" };
    const refused = await world.call("POST", "/v1/posts", { token: author.token, body });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(world.held).toEqual([]);
    for (const user of [author, ...readers]) expect(await world.scroll(user)).toEqual([]);
  });

  it("a message is acknowledged after its recipients answered, and its outbox row is deleted last", async () => {
    const { world, author, readers } = await audience(3);
    await world.post(author, "hello");
    const [held = { body: null }] = world.held.splice(0);
    const { batch, answers } = messageOf(held);
    const seen: string[] = [];
    await throughSteps(
      world,
      () => consume(world.deps, batch),
      async ({ name }) => {
        const waiting = await waitingJobs(world.deps.store);
        seen.push(`${name}: ${waiting} waiting, ${answers.length} acknowledged`);
      },
    );
    const delivered = seen.filter((line) => line.startsWith("after homes.call"));
    expect(delivered).toHaveLength(readers.length + 1);
    for (const line of delivered) expect(line).toMatch(/: 1 waiting, 0 acknowledged$/);
    const done = seen.findIndex((line) => line.startsWith("before outbox.done"));
    expect(done).toBeGreaterThan(seen.lastIndexOf(delivered.at(-1) ?? ""));
    expect(seen.at(-1)).toBe("after outbox.done: 0 waiting, 0 acknowledged");
    expect(answers).toEqual(["ack"]);
  });

  it("a shard that is down fails only the jobs of a batch that need it", async () => {
    const { world, author, readers } = await audience(1);
    const [reader = author] = readers;
    const unlucky = await world.account();
    await world.follow(reader, unlucky);
    const { lifecycle, posts } = world.deps.store;
    const failing = await world.post(unlucky, "in a shard that is down");
    const post = await world.post(author, "in another");
    const down = (ids: readonly string[]) => ids.includes(unlucky.user.id) || ids.includes(failing);
    const [inAnyState, existing] = [
      lifecycle.inAnyState.bind(lifecycle),
      posts.existing.bind(posts),
    ];
    for (const read of ["authors", "posts"] as const) {
      if (read === "authors") {
        vi.spyOn(lifecycle, "inAnyState").mockImplementation((ids) =>
          down(ids) ? Promise.reject(new StoreUnavailable("shard 1")) : inAnyState(ids),
        );
      } else {
        vi.spyOn(posts, "existing").mockImplementation((ids) =>
          down(ids) ? Promise.reject(new StoreUnavailable("shard 1")) : existing(ids),
        );
      }
      await world.deliverSome(world.held.length);
      vi.restoreAllMocks();
      expect(await world.scroll(reader)).toEqual([post]);
    }
    await world.sweep(LATER_MS);
    await world.drain();
    expect(await world.scroll(reader)).toEqual([post, failing]);
  });

  it("a post reaches every follower once, at whichever step publishing or fan-out dies", async () => {
    for (const step of ["publish", "consume"]) {
      for (let index = 0, died = true; died; index++) {
        const { world, author, readers } = await audience(2);
        const publish = () => world.post(author, "hello");
        if (step === "publish") died = await dieAt(world, index, publish);
        else {
          await publish();
          const held = world.held.splice(0);
          died = await dieAt(world, index, () => world.handOver(held));
        }
        world.loseMessages();
        await world.sweep(LATER_MS);
        await world.drain();
        const stored = await world.deps.store.accounts.byIds([author.user.id]);
        const posts = stored.get(author.user.id)?.counts.posts ?? 0;
        for (const user of [author, ...readers]) {
          expect(await world.scroll(user), `${step} dies at ${index}`).toHaveLength(posts);
        }
        expect(posts).toBeGreaterThanOrEqual(step === "consume" ? 1 : 0);
        expect(await waitingJobs(world.deps.store)).toBe(0);
      }
    }
  });

  it("a deletion reaches every follower, at whichever step it dies", async () => {
    for (let index = 0, died = true; died; index++) {
      const { world, author, readers } = await audience(1);
      const id = await world.post(author, "hello");
      await world.drain();
      const remove = () => world.call("DELETE", `/v1/posts/${id}`, { token: author.token });
      died = await dieAt(world, index, remove);
      world.loseMessages();
      await world.sweep(LATER_MS);
      await world.drain();
      const left = [...(await world.deps.store.posts.existing([id]))];
      for (const user of [author, ...readers]) {
        expect(await world.scroll(user), `dies at ${index}`).toEqual(left);
      }
    }
  });
});

describe("a fan-out job whose recipients do not answer", () => {
  it("is retried for those recipients only, and the others get nothing twice", async () => {
    const { world, author, readers } = await audience(4);
    const [one, two, ...rest] = readers;
    const failing = [one, two].flatMap((reader) => reader ?? []);
    const id = await world.post(author, "hello");
    const calls = meddle(world, failing, fails);
    await world.deliverSome(1);
    expect(world.held).toHaveLength(1);
    const only = failing.map(({ user }) => user.id).toSorted();
    const named = fanoutJobSchema.parse(world.held[0]?.body);
    expect([named.attempt, named.only?.toSorted()]).toEqual([1, only]);
    for (const reader of rest) expect(await world.scroll(reader)).toEqual([id]);
    calls.mockRestore();
    const healthy = vi.spyOn(world.deps.homes, "call");
    await world.drain();
    expect(healthy.mock.calls.map(([user]) => user).toSorted()).toEqual(only);
    for (const reader of readers) expect(await world.scroll(reader)).toEqual([id]);
    expect(await waitingJobs(world.deps.store)).toBe(0);
  });

  it("gives up a hanging call after its timeout", async () => {
    const { world, author, readers } = await audience(3);
    await world.post(author, "hello");
    const calls = meddle(world, readers.slice(0, 1), hangs);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const delivered = world.deliverSome(1);
    await eventually(() => expect(vi.getTimerCount()).toBe(1));
    await vi.advanceTimersByTimeAsync(FANOUT_RPC_TIMEOUT_MS);
    vi.useRealTimers();
    await delivered;
    expect(world.held[0]?.body).toMatchObject({ only: [readers[0]?.user.id], attempt: 1 });
    calls.mockRestore();
    await world.drain();
  });

  it("becomes a dead letter at the last attempt, is counted, and is delivered once redriven", async () => {
    const { world, author, readers } = await audience(2);
    const [lost] = readers;
    const id = await world.post(author, "hello");
    const calls = meddle(world, readers.slice(0, 1), fails);
    for (let attempt = 1; attempt <= JOB_ATTEMPTS_MAX; attempt++) {
      expect(await countLetters(world.deps.store)).toBe(0);
      expect(world.held).toHaveLength(1);
      await world.deliverSome(1);
    }
    expect(world.held).toEqual([]);
    const job = { kind: "fanout", only: [lost?.user.id] };
    expect(await listedLetters(world)).toMatchObject([{ job }]);
    expect(await countLetters(world.deps.store)).toBe(1);
    expect(await world.sweep(LATER_MS)).toBe(0);

    calls.mockRestore();
    expect(await retryLetters(world)).toBe(1);
    expect(await countLetters(world.deps.store)).toBe(0);
    await world.drain();
    for (const reader of readers) expect(await world.scroll(reader)).toEqual([id]);
    expect(await waitingJobs(world.deps.store)).toBe(0);
  });

  it("is retried whole if the store cannot list the followers", async () => {
    const { world, author, readers } = await audience(1);
    const id = await world.post(author, "hello");
    const recipients = vi.spyOn(world.deps.store.graph, "recipients");
    recipients.mockRejectedValueOnce(new StoreUnavailable("shard 0"));
    await world.deliverSome(1);
    expect(world.held[0]?.body).toMatchObject({ attempt: 1 });
    expect(world.held[0]?.body).not.toHaveProperty("only");
    await world.drain();
    for (const reader of readers) expect(await world.scroll(reader)).toEqual([id]);
  });
});

describe("a queue message", () => {
  it("of an unknown version is kept as a dead letter, counted, and skipped by a redrive", async () => {
    const { world, author, readers } = await audience(1);
    const id = await world.post(author, "hello");
    const before = await countLetters(world.deps.store);
    const strange = { v: 2, kind: "fanout", to: "everyone" };
    await world.handOver([{ body: strange }, ...world.held.splice(0)]);
    expect(await world.scroll(readers[0] ?? author)).toEqual([id]);
    expect(await countLetters(world.deps.store)).toBe(before + 1);
    expect(await retryLetters(world)).toBe(0);
    expect(await countLetters(world.deps.store)).toBe(before + 1);
    const [letter] = await listLetters(world.deps.store, 10);
    expect(letter?.body).toEqual(strange);
  });

  it("returns to its queue if the rest of its job cannot be stored", async () => {
    const { world, author } = await audience(0);
    await world.post(author, "hello");
    const [held = { body: null }] = world.held.splice(0);
    const done = vi.spyOn(world.deps.store.outbox, "done");
    done.mockRejectedValueOnce(new StoreUnavailable("shard 0"));
    const { batch, answers } = messageOf(held);
    await consume(world.deps, batch);
    expect(answers).toEqual(["retry"]);
    await world.handOver([held]);
    expect(await waitingJobs(world.deps.store)).toBe(0);
  });
});

describe("a dormant follower", () => {
  it("stays awake if it wakes while fan-out marks it as dormant", async () => {
    const { world, author, readers } = await audience(1);
    const [reader = author] = readers;
    await world.home(reader).forget();
    const first = await world.post(author, "finds it cold");
    const { graph } = world.deps.store;
    const mark = graph.markDormant.bind(graph);
    const marked = vi.spyOn(graph, "markDormant").mockImplementationOnce(async (...args) => {
      expect(await world.scroll(reader)).toEqual([first]);
      await mark(...args);
    });
    await world.deliverSome(1);
    expect(marked).toHaveBeenCalledOnce();
    const second = await world.post(author, "finds it warm");
    await world.drain();
    expect(await world.scroll(reader)).toEqual([second, first]);
  });

  it("gets no call for later posts, and reads all of them when it returns", async () => {
    const { world, author, readers } = await audience(1);
    const [reader = author] = readers;
    await world.home(reader).forget();
    const ids = [await world.post(author, "finds it cold")];
    await world.drain();
    const calls = vi.spyOn(world.deps.homes, "call");
    ids.push(await world.post(author, "skips it"));
    await world.drain();
    expect(calls.mock.calls.filter(([user]) => user === reader.user.id)).toEqual([]);
    expect(await world.scroll(reader)).toEqual(ids.toReversed());
  });
});
