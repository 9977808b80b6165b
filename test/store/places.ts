/** Conformance of a place: what concerns a bucket that it does not hold, it refuses. */
import { expect, it } from "vitest";
import {
  keyOf,
  type RowKey,
  type RowPage,
  type Table,
  TABLES,
  textOfKey,
  textOfRow,
} from "../../db/rows.ts";
import { Moved, type PlaceStore, type StorePlace } from "../../db/places/place.ts";
import { IdTaken } from "../../db/store.ts";
import { keySlot } from "../../db/store/imports.ts";
import { bucketOfHandle, idBucket, makeId } from "../../feed/ids.ts";
import type { ModeJob } from "../../feed/delivery/jobs.ts";
import { jobOf, newPost, T0_MS } from "./fixtures.ts";

const HERE = 7;
const ELSEWHERE = 8;
const PROFILE = { name: "N", bio: "B", avatarUrl: null };
const RUN = "a run of this test";

/** A call of every method about owners, by name. */
function callsAbout(bucket: number): Record<string, (store: PlaceStore) => Promise<unknown>> {
  const id = makeId(T0_MS, bucket, 1);
  const other = makeId(T0_MS, ELSEWHERE + 1, 1);
  const job = () => jobOf(id);
  const modeJob: ModeJob = {
    v: 1,
    kind: "mode",
    id,
    part: 0,
    attempt: 0,
    author: id,
    epoch: 1,
    range: [0, 1023],
  };
  const post = { ...newPost(id), id: makeId(T0_MS + 1, bucket, 1) };
  const edge = { follower: id, followee: other };
  const applied = { follower: other, followee: id, version: 1, following: true };
  const reaction = {
    actor: id,
    kind: "repost",
    post: other,
    active: true,
    entry: makeId(T0_MS + 2, bucket, 1),
  } as const;
  const relation = { actor: id, kind: "block", target: other, active: true } as const;
  const repost = { id: makeId(T0_MS + 3, bucket, 1), author: id, version: 1 };
  const key = { key: "a key", digest: "digest", expireBelow: "" };
  const bounds = { top: id, maxRows: 100 };
  const span = { downTo: "", limit: 5 };
  const original = { id: other, counts: { likes: 0, reposts: 1, replies: 0 } };
  const query = { author: id, below: makeId(T0_MS + 4, bucket, 1) };
  return {
    "accounts.create": ({ accounts }) =>
      accounts.create({ id, handle: `h${bucket}`, name: "N", passwordHash: null }),
    "accounts.importAll": ({ accounts }) =>
      accounts.importAll([{ id, handle: `h${bucket}`, name: "N", passwordHash: null }]),
    "accounts.setProfile": ({ accounts }) =>
      accounts.setProfile(id, { profile: PROFILE, from: 0, to: 1 }, [job()]),
    "accounts.steering": ({ accounts }) => accounts.steering(id),
    "accounts.replaceSteering": ({ accounts }) => accounts.replaceSteering(id, "", "{}"),
    "accounts.byIds": ({ accounts }) => accounts.byIds([id]),
    "accounts.byHandles": ({ accounts }) => accounts.byHandles([handleIn(bucket)]),
    "accounts.credentials": ({ accounts }) => accounts.credentials(handleIn(bucket)),
    "modes.beginEpoch": ({ modes }) => modes.beginEpoch(id, 0, [modeJob]),
    "modes.acknowledgeEpoch": ({ modes }) => modes.acknowledgeEpoch(modeJob),
    "modes.modes": ({ modes }) => modes.modes([id]),
    "graph.setEdge": ({ graph }) =>
      graph.setEdge({ ...edge, following: true, nowMs: T0_MS }, job()),
    "graph.setEdge, unfollowing": ({ graph }) =>
      graph.setEdge({ ...edge, following: false, nowMs: T0_MS }, job()),
    "graph.importEdges": ({ graph }) => graph.importEdges([edge], T0_MS, []),
    "graph.edges": ({ graph }) => graph.edges([edge]),
    "graph.applyEdges": ({ graph }) => graph.applyEdges([applied], 0),
    "graph.followers": ({ graph }) => graph.followers(id, null, 5),
    "graph.following": ({ graph }) => graph.following(id, null, 5),
    "graph.followees": ({ graph }) => graph.followees(id),
    "graph.recipients": ({ graph }) => graph.recipients(id, [0, 1023], null, 5),
    "graph.markDormant": ({ graph }) => graph.markDormant(id, [{ id: other, awakeMs: 1 }]),
    "graph.wakeAccount": ({ graph }) => graph.wakeAccount(id, T0_MS),
    "graph.wakeEdges": ({ graph }) => graph.wakeEdges(other, [id], T0_MS),
    "graph.woken": ({ graph }) => graph.woken([id]),
    "posts.publish": ({ posts }) => posts.publish(post, [job()], key),
    "posts.replay": ({ posts }) => posts.replay(id, key),
    "posts.remove": ({ posts }) => posts.remove(post, [job()]),
    "posts.byIds": ({ posts }) => posts.byIds([post.id]),
    "posts.existing": ({ posts }) => posts.existing([post.id]),
    "posts.rowsOf": ({ posts }) => posts.rowsOf([query], span),
    "posts.rowsOf, scanning": ({ posts }) => posts.rowsOf([query], { ...span, maxRows: 1 }),
    "posts.setReplies": ({ posts }) =>
      posts.setReplies([{ reply: other, parent: id, exists: true }]),
    "posts.setReplies, deleting": ({ posts }) =>
      posts.setReplies([{ reply: other, parent: id, exists: false }]),
    "imports.keysListed": ({ imports }) => imports.keysListed([keyIn(bucket)]),
    "imports.listKeys": ({ imports }) => imports.listKeys([{ key: keyIn(bucket), post: other }]),
    "imports.reservePosts": ({ imports }) =>
      imports.reservePosts([{ author: id, key: "a key", id: makeId(T0_MS + 5, bucket, 1) }]),
    "imports.writePosts": ({ imports }) =>
      imports.writePosts([{ ...post, key: "a key", id: makeId(T0_MS + 5, bucket, 1) }], [job()]),
    "imports.importReactions": ({ imports }) =>
      imports.importReactions(
        [{ actor: id, kind: "like", post: id, entry: null, jobs: [] }],
        T0_MS,
      ),
    "graph.withAwakeFollowers": ({ graph }) => graph.withAwakeFollowers([id]),
    "posts.replies": ({ posts }) => posts.replies(id, null, 5),
    "reactions.reaction": ({ reactions }) => reactions.reaction(id, "like", other),
    "reactions.reactionsBy": ({ reactions }) => reactions.reactionsBy([reaction]),
    "reactions.setReaction": ({ reactions }) =>
      reactions.setReaction({ ...reaction, nowMs: T0_MS }, [job()]),
    "reactions.reactionsOf": ({ reactions }) => reactions.reactionsOf(id, [other], ""),
    "reactions.tallies": ({ reactions }) => reactions.tallies([{ post: other, actor: id }]),
    "reactions.replyTallies": ({ reactions }) => reactions.replyTallies([id]),
    "reactions.storeCounts": ({ reactions }) => reactions.storeCounts(id, original.counts, 1),
    "reactions.applyReactions": ({ reactions }) =>
      reactions.applyReactions([{ ...reaction, actor: other, post: id, version: 1 }]),
    "reactions.repostsOf": ({ reactions }) => reactions.repostsOf(id, null, 5),
    "reactions.eraseEntries": ({ reactions }) => reactions.eraseEntries([repost], []),
    "reactions.forgetReposts": ({ reactions }) => reactions.forgetReposts(id, [repost]),
    "reactions.newestBy": ({ reactions }) => reactions.newestBy([original], [id], bounds),
    "recounts.talliesOf": ({ recounts }) => recounts.talliesOf([{ post: other, bucket }]),
    "relations.setRelation": ({ relations }) =>
      relations.setRelation({ ...relation, nowMs: T0_MS }, job()),
    "relations.relations": ({ relations }) => relations.relations(id, [other]),
    "relations.allRelations": ({ relations }) => relations.allRelations(id, null),
    "relations.targets": ({ relations }) => relations.targets(id, "block", null, 10),
    "relations.applyBlock": ({ relations }) =>
      relations.applyBlock({ ...relation, actor: other, target: id, version: 1 }, T0_MS),
    "outbox.put": ({ outbox }) => outbox.put([job()], T0_MS),
    "outbox.done": ({ outbox }) => outbox.done([job()]),
    "deadLetters.keep": ({ deadLetters }) =>
      deadLetters.keep([{ id, reason: "a test", body: null }]),
    "deadLetters.remove": ({ deadLetters }) => deadLetters.remove([id]),
  };
}

/** Methods that change nothing, which a fenced bucket therefore allows. */
const READS = new Set([
  "accounts.byIds",
  "accounts.byHandles",
  "accounts.credentials",
  "accounts.steering",
  "modes.modes",
  "graph.edges",
  "graph.followers",
  "graph.following",
  "graph.followees",
  "graph.recipients",
  "graph.woken",
  "graph.withAwakeFollowers",
  "imports.keysListed",
  "posts.replay",
  "posts.byIds",
  "posts.existing",
  "posts.rowsOf",
  "posts.rowsOf, scanning",
  "posts.replies",
  "reactions.reaction",
  "reactions.reactionsBy",
  "reactions.reactionsOf",
  "reactions.tallies",
  "reactions.replyTallies",
  "reactions.repostsOf",
  "reactions.newestBy",
  "recounts.talliesOf",
  "relations.relations",
  "relations.allRelations",
  "relations.targets",
]);

/** A key of an import that is listed in a bucket. */
function keyIn(bucket: number): string {
  for (let n = 0; ; n++) if (idBucket(keySlot(`key ${n}`)) === bucket) return `key ${n}`;
}

/** A handle of a bucket. */
function handleIn(bucket: number): string {
  for (let n = 0; ; n++) {
    if (bucketOfHandle(`handle_${n}`) === bucket) return `handle_${n}`;
  }
}

/** The rows of a bucket, as texts, by table and key. */
async function rowsOf({ mover }: StorePlace, bucket: number): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for (const table of TABLES) {
    let cursor: string | null = null;
    do {
      const piece: RowPage<Table> | undefined = await mover?.read(table, cursor, [bucket]);
      for (const row of piece?.rows ?? []) {
        rows.set(nameOf(table, keyOf(table, row)), textOfRow(row));
      }
      cursor = piece?.next ?? null;
    } while (cursor !== null);
  }
  return rows;
}

function nameOf(table: Table, key: RowKey): string {
  return `${table} ${textOfKey(key)}`;
}

/** Registers the tests of a place. @param makePlace makes an empty place */
export function placeConformance(makePlace: () => Promise<StorePlace>): void {
  const opened = async () => {
    const place = await makePlace();
    await place.holdings?.claim([HERE]);
    return place;
  };

  it("every method refuses an owner whose bucket is not here, and accepts one whose bucket is", async () => {
    const { store } = await opened();
    for (const [name, call] of Object.entries(callsAbout(ELSEWHERE))) {
      await expect(call(store), name).rejects.toThrow(Moved);
    }
    for (const [name, call] of Object.entries(callsAbout(HERE))) {
      await expect(
        call(store).then(() => "accepted"),
        name,
      ).resolves.toBe("accepted");
    }
  });

  it("the calls of these tests are those of every method about owners", async () => {
    const { store } = await opened();
    const { accounts, modes, graph, posts, reactions, relations, outbox } = store;
    const groups = { accounts, modes, graph, posts, reactions, relations, outbox };
    const methods = Object.entries(groups).flatMap(([group, of]) =>
      Object.keys(of).map((name) => `${group}.${name}`),
    );
    const called = Object.keys(callsAbout(HERE)).map((name) => name.split(",")[0]);
    expect(methods.filter((name) => !called.includes(name))).toEqual([]);
  });

  it("every row that a method writes while its bucket is leaving is noted", async () => {
    const place = await opened();
    const { store, mover } = place;
    await mover?.begin(RUN);
    await mover?.leave(RUN, [{ bucket: HERE, to: "d1:DB_9" }]);
    // The second time, most of them find rows and change or delete them.
    for (const _ of [1, 2]) {
      for (const [name, call] of Object.entries(callsAbout(HERE))) {
        const before = await rowsOf(place, HERE);
        await call(store).catch((error: unknown) => {
          // The second time, some ids belong to rows of the first.
          if (!(error instanceof IdTaken)) throw error;
        });
        const after = await rowsOf(place, HERE);
        const changes = (await mover?.changes(HERE, 1_000)) ?? [];
        const noted = new Set(changes.map(({ table, key }) => nameOf(table, key)));
        const written = [...new Set([...before.keys(), ...after.keys()])].filter(
          (row) => before.get(row) !== after.get(row),
        );
        expect(
          written.filter((row) => !noted.has(row)),
          name,
        ).toEqual([]);
        await mover?.forget(RUN, changes);
      }
    }
    expect(await mover?.changes(null, 10)).toEqual([]);
  });

  it("every method refuses an arriving bucket, which is opened with its own version alone", async () => {
    const { store, holdings, mover } = await opened();
    await mover?.begin(RUN);
    await mover?.expect(RUN, [{ bucket: ELSEWHERE, from: "d1:DB_9", version: 3 }]);
    await holdings?.open(ELSEWHERE, 2);
    for (const [name, call] of Object.entries(callsAbout(ELSEWHERE))) {
      await expect(call(store), name).rejects.toThrow(Moved);
    }
    await holdings?.open(ELSEWHERE, 3);
    await expect(store.accounts.byIds([makeId(T0_MS, ELSEWHERE, 1)])).resolves.toEqual(new Map());
  });

  it("every method that writes refuses a fenced bucket until the fence expires, and every other reads", async () => {
    const { store, mover } = await opened();
    await mover?.begin(RUN);
    await mover?.leave(RUN, [{ bucket: HERE, to: "d1:DB_9" }]);
    await mover?.fence(RUN, HERE, 60_000);
    for (const [name, call] of Object.entries(callsAbout(HERE))) {
      const outcome = await call(store).then(
        () => "accepted",
        (error: unknown) => (error instanceof Moved ? "refused" : error),
      );
      expect(outcome, name).toBe(READS.has(name) ? "accepted" : "refused");
    }
    await mover?.fence(RUN, HERE, -1_000);
    for (const [name, call] of Object.entries(callsAbout(HERE))) {
      await expect(
        call(store).then(() => "accepted"),
        name,
      ).resolves.toBe("accepted");
    }
    expect(await mover?.release(RUN, HERE)).toBe(false);
    const changes = await mover?.changes(HERE, 1_000);
    await mover?.forget(RUN, changes ?? []);
    expect(await mover?.release(RUN, HERE)).toBe(true);
    await expect(store.accounts.byIds([makeId(T0_MS, HERE, 1)])).rejects.toThrow(Moved);
  });
}
