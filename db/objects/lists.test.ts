/** Long lists in objects: they split while they are written to, and no member is lost or counted twice. */
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { accounts, idOf, newId, newPost, T0_MS } from "../../test/store/fixtures.ts";
import { routedStore } from "../places/routed-store.ts";
import { Router } from "../places/router.ts";
import { objectPlace } from "./store.ts";
import { calledObjects, emptyObjects, OBJECTS, rowsIn } from "../../test/workerd/store-objects.ts";
import type { EdgePosition } from "../../feed/cursor.ts";
import { BEGINNING, type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import type { Store } from "../store.ts";

const objectStore = () => routedStore(new Router([objectPlace(OBJECTS)], "objects"));

const TOP = idCeiling(T0_MS + 1e9);

/** Members of every bucket, so that every segment of a split gets some. */
function membersOf(count: number): UserId[] {
  return Array.from({ length: count }, (_, n) => newId((n * 37) % 1024));
}

describe("a list that splits while it is written to", () => {
  let store: Store;
  let author: UserId;
  beforeEach(async () => {
    await emptyObjects();
    store = objectStore();
    [author = ""] = await accounts(store, 1);
  });

  /** All followers, page by page. */
  async function followersOf(reader: Store): Promise<UserId[]> {
    const found: UserId[] = [];
    let after: EdgePosition | null = null;
    do {
      const page = await reader.graph.followers(author, after, 70);
      found.push(...page.items);
      after = page.next;
    } while (after !== null);
    return found;
  }

  it("keeps each of 1,000 followers once, newest first, and counts them", async () => {
    const members = membersOf(1_000);
    const edges = members.map((follower, n) => ({
      ...{ follower, followee: author, version: T0_MS + n, following: true },
    }));
    const groups = Array.from({ length: 100 }, (_, n) => edges.slice(n * 10, n * 10 + 10));
    // Two isolates write, each with its own idea of where the list is.
    const other = objectStore();
    await Promise.all(
      [store, other].map(async (writer, k) => {
        for (const group of groups.filter((_, n) => n % 2 === k)) {
          await writer.graph.applyEdges(group, T0_MS);
        }
      }),
    );
    const gone = edges.filter((_, n) => n % 10 === 0);
    await store.graph.applyEdges(
      gone.map((edge) => ({ ...edge, version: edge.version + 1, following: false })),
      0,
    );
    const left = members.filter((_, n) => n % 10 !== 0);
    const segments = calledObjects(`list:followers:${author}`);
    expect(segments.length).toBeGreaterThan(8);
    for (const reader of [store, other, objectStore()]) {
      expect(await followersOf(reader)).toEqual(left.toReversed());
      const recipients = await reader.graph.recipients(author, [0, 1023], null, 2_000);
      expect(recipients.map(({ id }) => id).toSorted()).toEqual(left.toSorted());
    }
    await eventually(async () => {
      const account = (await store.accounts.byIds([author])).get(author);
      expect(account?.counts.followers).toBe(900);
    });
    // What has moved is gone from where it was.
    await eventually(async () => {
      expect(await rowsIn(calledObjects("account:")[0] ?? "", "SELECT * FROM followers")).toEqual(
        [],
      );
    });
  });

  it("keeps each of 1,000 replies once, newest first, and counts them", async () => {
    const post = newPost(author);
    await store.posts.publish(post, [], null);
    const replies = membersOf(1_000).map((member, n) => idOf(member, T0_MS + 1_000 + n));
    for (let at = 0; at < replies.length; at += 50) {
      const some = replies.slice(at, at + 50);
      await Promise.all(
        some.map((reply) => store.posts.setReplies([{ reply, parent: post.id, exists: true }])),
      );
    }
    const gone = replies.filter((_, n) => n % 10 === 0);
    await Promise.all(
      gone.map((reply) => store.posts.setReplies([{ reply, parent: post.id, exists: false }])),
    );
    const found: Id[] = [];
    let below: Id | null = null;
    do {
      const page = await store.posts.replies(post.id, below, 70);
      found.push(...page.items);
      below = page.next;
    } while (below !== null);
    expect(found).toEqual(replies.filter((_, n) => n % 10 !== 0).toReversed());
    await eventually(async () => {
      const tally = (await store.reactions.replyTallies([post.id])).get(post.id);
      expect(tally?.replies).toBe(900);
    });
  });

  it("keeps the reposts of 1,000 accounts, counts each once, and erases them all", async () => {
    const post = newPost(author);
    await store.posts.publish(post, [], null);
    const actors = membersOf(1_000);
    const entries = new Map(actors.map((actor) => [actor, idOf(actor, T0_MS + 5_000)]));
    const repost = (actor: UserId, active: boolean) => {
      const entry = entries.get(actor) ?? "";
      const reaction = { actor, kind: "repost" as const, post: post.id, active, entry };
      return store.reactions.setReaction({ ...reaction, nowMs: T0_MS }, []);
    };
    for (let at = 0; at < actors.length; at += 50) {
      await Promise.all(actors.slice(at, at + 50).map((actor) => repost(actor, true)));
    }
    const gone = actors.filter((_, n) => n % 10 === 0);
    await Promise.all(gone.map((actor) => repost(actor, false)));
    const left = actors.filter((_, n) => n % 10 !== 0);
    // A tally is asked for again, as its job does, and counts nothing twice.
    const keys = actors.map((actor) => ({ post: post.id, actor }));
    const tallies = await store.reactions.tallies(keys);
    const byBucket = new Map(tallies.map((tally) => [tally.bucket, tally.reposts]));
    expect([...byBucket.values()].reduce((sum, n) => sum + n, 0)).toBe(900);
    const [first = "", last = ""] = [left[0], left.at(-1)];
    const original = { id: post.id, counts: { likes: 0, reposts: 900, replies: 0 } };
    const bounds = { top: TOP, maxRows: 5_000 };
    const newest = await store.reactions.newestReposts([original], [first, last], bounds);
    const expected = [entries.get(first) ?? "", entries.get(last) ?? ""].toSorted().at(-1);
    expect(newest.newest.get(post.id)).toBe(expected);
    const erased: UserId[] = [];
    for (;;) {
      const some = await store.reactions.repostsOf(post.id, null, 100);
      if (some.length === 0) break;
      await store.reactions.eraseReposts(post.id, some, []);
      erased.push(...some.map((row) => row.author));
    }
    expect(erased.toSorted()).toEqual(left.toSorted());
    const queries = left.slice(0, 20).map((of) => ({ author: of, below: TOP }));
    const slices = await store.posts.byAuthors(queries, { downTo: BEGINNING, limit: 5 });
    expect([...slices.values()].flatMap(({ entries: shown }) => shown)).toEqual([]);
  });
});
