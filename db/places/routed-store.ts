/** The store over places of any kinds: it sends each call to the place that has the owner's rows. */
import { bucketOfHandle, type Id, makeId, type PostId } from "../../feed/ids.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import { archivesOf } from "../archives.ts";
import {
  type AccountStore,
  type GraphStore,
  type LifecycleStore,
  type PostStore,
  type ReactionStore,
  type RepostRow,
  type Store,
} from "../store.ts";
import { newestOf } from "./newest-reposts.ts";
import { Moved, type PlaceStore } from "./place.ts";
import { routedImports } from "./routed-imports.ts";
import type { Router } from "./router.ts";
import { numberedShards } from "./numbered-shards.ts";

/** Makes the store over the places of a router. */
export function routedStore(router: Router): Store {
  return {
    ...numberedShards(router),
    accounts: accounts(router),
    sessions: {
      open: (session) => router.at(session.account, ({ sessions }) => sessions.open(session)),
      refresh: (use) => router.at(use.account, ({ sessions }) => sessions.refresh(use)),
      ofAccount: (account) => router.at(account, ({ sessions }) => sessions.ofAccount(account)),
      end: (account, ...more) =>
        router.at(account, ({ sessions }) => sessions.end(account, ...more)),
      changePassword: (change, more) =>
        router.at(change.account, ({ sessions }) => sessions.changePassword(change, more)),
    },
    identities: {
      accountOf: (subject) => router.at(subject, ({ identities }) => identities.accountOf(subject)),
      hold: (subject, account) =>
        router.at(subject, ({ identities }) => identities.hold(subject, account)),
      release: (subject, account) =>
        router.at(subject, ({ identities }) => identities.release(subject, account)),
      note: (identity) =>
        router.at(identity.account, ({ identities }) => identities.note(identity)),
      ofAccount: (account) => router.at(account, ({ identities }) => identities.ofAccount(account)),
      forget: (account, issuer) =>
        router.at(account, ({ identities }) => identities.forget(account, issuer)),
    },
    modes: {
      beginEpoch: (author, ...more) =>
        router.at(author, ({ modes }) => modes.beginEpoch(author, ...more)),
      acknowledgeEpoch: (job) => router.at(job.author, ({ modes }) => modes.acknowledgeEpoch(job)),
      modes: async (authors) =>
        joined(await router.each(authors, self, ({ modes }, some) => modes.modes(some))),
    },
    lifecycle: lifecycle(router),
    graph: graph(router),
    posts: posts(router),
    reactions: reactions(router),
    relations: {
      setRelation: (relation, job) =>
        router.at(relation.actor, ({ relations }) => relations.setRelation(relation, job)),
      relations: (actor, targets) =>
        router.at(actor, ({ relations }) => relations.relations(actor, targets)),
      allRelations: (actor, after) =>
        router.at(actor, ({ relations }) => relations.allRelations(actor, after)),
      targets: (actor, kind, after, limit) =>
        router.at(actor, ({ relations }) => relations.targets(actor, kind, after, limit)),
      applyBlock: (block, nowMs) =>
        router.at(block.target, ({ relations }) => relations.applyBlock(block, nowMs)),
    },
    imports: routedImports(router),
    outbox: {
      put: async (jobs, dueMs) =>
        void (await router.each(jobs, idOf, ({ outbox }, some) => outbox.put(some, dueMs))),
      done: async (keys) =>
        void (await router.each(keys, idOf, ({ outbox }, some) => outbox.done(some))),
    },
  };
}

const self = (id: Id): Id => id;
const idOf = ({ id }: { id: Id }): Id => id;
/** An id with the bucket of a handle. */
const idOfHandle = (handle: string): Id => makeId(0, bucketOfHandle(handle), 0);

function joined<K, V>(maps: readonly ReadonlyMap<K, V>[]): Map<K, V> {
  return new Map(maps.flatMap((map) => [...map]));
}

/** Imports items at their places. @returns how many are new, with those made by calls that were refused in the end */
async function imported<T>(
  router: Router,
  things: readonly T[],
  ownerOf: (thing: T) => Id,
  work: (store: PlaceStore, some: T[]) => Promise<number>,
): Promise<number> {
  let total = 0;
  await router.each(things, ownerOf, async (store, some) => {
    try {
      const made = await work(store, some);
      total += made;
    } catch (error) {
      if (error instanceof Moved) total += error.made;
      throw error;
    }
  });
  return total;
}

function accounts(router: Router): AccountStore {
  return {
    create: (account) => router.at(account.id, (store) => store.accounts.create(account)),
    importAll: (all) =>
      imported(router, all, idOf, (store, some) => store.accounts.importAll(some)),
    byIds: async (ids) =>
      joined(await router.each(ids, self, (store, some) => store.accounts.byIds(some))),
    byHandles: async (handles) =>
      joined(
        await router.each(handles, idOfHandle, (store, some) => store.accounts.byHandles(some)),
      ),
    setProfile: (user, change, jobs) =>
      router.at(user, (store) => store.accounts.setProfile(user, change, jobs)),
    steering: (user) => router.at(user, (store) => store.accounts.steering(user)),
    replaceSteering: (user, before, after) =>
      router.at(user, (store) => store.accounts.replaceSteering(user, before, after)),
    credentials: (handle) =>
      router.at(idOfHandle(handle), (store) => store.accounts.credentials(handle)),
  };
}

function lifecycle(router: Router): LifecycleStore {
  return {
    inAnyState: async (ids) =>
      joined(await router.each(ids, self, (store, some) => store.lifecycle.inAnyState(some))),
    holder: (handle) => router.at(idOfHandle(handle), (store) => store.lifecycle.holder(handle)),
    setState: (change, jobs) =>
      router.at(change.id, (store) => store.lifecycle.setState(change, jobs)),
    free: (id) => router.at(id, (store) => store.lifecycle.free(id)),
    ownPosts: (author, below, limit) =>
      router.at(author, (store) => store.lifecycle.ownPosts(author, below, limit)),
    ownReactions: (actor, after, limit) =>
      router.at(actor, (store) => store.lifecycle.ownReactions(actor, after, limit)),
    dropReactions: (actor, keys) =>
      router.at(actor, (store) => store.lifecycle.dropReactions(actor, keys)),
    letters: (id, after, limit) =>
      router.at(id, (store) => store.lifecycle.letters(id, after, limit)),
    dropSessions: (id) => router.at(id, (store) => store.lifecycle.dropSessions(id)),
    dropRows: (id, limit) => router.at(id, (store) => store.lifecycle.dropRows(id, limit)),
  };
}

function graph(router: Router): GraphStore {
  return {
    setEdge: (edge, job) => router.at(edge.follower, (store) => store.graph.setEdge(edge, job)),
    importEdges: (edges, nowMs, jobs) =>
      imported(
        router,
        edges,
        ({ follower }) => follower,
        (store, some) => store.graph.importEdges(some, nowMs, jobs),
      ),
    edges: async (pairs) => {
      const found = await router.each(
        pairs,
        ({ follower }) => follower,
        (store, some) => store.graph.edges(some),
      );
      return found.flat();
    },
    applyEdges: async (edges, awakeMs) => {
      await router.each(
        edges,
        ({ followee }) => followee,
        (store, some) => store.graph.applyEdges(some, awakeMs),
      );
    },
    followers: (user, after, limit) =>
      router.at(user, (store) => store.graph.followers(user, after, limit)),
    following: (user, after, limit) =>
      router.at(user, (store) => store.graph.following(user, after, limit)),
    followees: (user) => router.at(user, (store) => store.graph.followees(user)),
    recipients: (author, range, after, limit) =>
      router.at(author, (store) => store.graph.recipients(author, range, after, limit)),
    markDormant: (author, recipients) =>
      router.at(author, (store) => store.graph.markDormant(author, recipients)),
    wake: async (user, followees, nowMs) => {
      // This comes first: code that adds dormant rows checks afterwards which accounts have been woken.
      const isActive = await router.at(user, (store) => store.graph.wakeAccount(user, nowMs));
      if (!isActive) return false;
      await router.each(followees, self, (store, some) => store.graph.wakeEdges(user, some, nowMs));
      return true;
    },
    withAwakeFollowers: async (authors) => {
      const found = await router.each(authors, self, (store, some) =>
        store.graph.withAwakeFollowers(some),
      );
      return new Set(found.flatMap((some) => [...some]));
    },
    woken: async (users) => {
      const found = await router.each(users, self, (store, some) => store.graph.woken(some));
      return new Set(found.flatMap((some) => [...some]));
    },
  };
}

function posts(router: Router): PostStore {
  const byIds = async (ids: readonly PostId[]): Promise<Map<PostId, PostBody>> =>
    joined(await router.each(ids, self, (store, some) => store.posts.byIds(some)));
  return {
    publish: (post, jobs, key) =>
      router.at(post.author, (store) => store.posts.publish(post, jobs, key)),
    replay: (author, key) => router.at(author, (store) => store.posts.replay(author, key)),
    remove: (post, jobs) => router.at(post.author, (store) => store.posts.remove(post, jobs)),
    byIds,
    existing: async (ids) => {
      const found = await router.each(ids, self, (store, some) => store.posts.existing(some));
      return new Set(found.flatMap((some) => [...some]));
    },
    byAuthors: async (queries, span) => {
      const reads = await router.each(
        queries,
        ({ author }) => author,
        (store, some) => store.posts.rowsOf(some, span),
      );
      const all = reads.flat();
      const slices = await archivesOf(
        queries,
        all.flatMap(({ rows }) => rows),
        span,
        byIds,
      );
      for (const { queries: group, scannedTo } of all) {
        if (scannedTo === null) continue;
        for (const { author } of group) {
          const entries = slices.get(author)?.entries ?? [];
          slices.set(author, { entries, horizon: scannedTo });
        }
      }
      return slices;
    },
    setReplies: async (all) => {
      await router.each(
        all,
        ({ parent }) => parent,
        (store, some) => store.posts.setReplies(some),
      );
    },
    replies: (parent, below, limit) =>
      router.at(parent, (store) => store.posts.replies(parent, below, limit)),
  };
}

function reactions(router: Router): ReactionStore {
  return {
    reaction: (actor, kind, post) =>
      router.at(actor, (store) => store.reactions.reaction(actor, kind, post)),
    reactionsBy: async (keys) =>
      (
        await router.each(
          keys,
          ({ actor }) => actor,
          (store, some) => store.reactions.reactionsBy(some),
        )
      ).flat(),
    setReaction: (reaction, jobs) =>
      router.at(reaction.actor, (store) => store.reactions.setReaction(reaction, jobs)),
    reactionsOf: (actor, some, from) =>
      some.length === 0 && from === undefined
        ? Promise.resolve([])
        : router.at(actor, (store) => store.reactions.reactionsOf(actor, some, from)),
    tallies: async (keys) =>
      (
        await router.each(
          keys,
          ({ actor }) => actor,
          (store, some) => store.reactions.tallies(some),
        )
      ).flat(),
    replyTallies: async (some) =>
      joined(await router.each(some, self, (store, ids) => store.reactions.replyTallies(ids))),
    storeCounts: (post, counts, version) =>
      router.at(post, (store) => store.reactions.storeCounts(post, counts, version)),
    applyReactions: async (all) => {
      await router.each(
        all,
        ({ post }) => post,
        (store, some) => store.reactions.applyReactions(some),
      );
    },
    repostsOf: (post, after, limit) =>
      router.at(post, (store) => store.reactions.repostsOf(post, after, limit)),
    eraseReposts: async (post, reposts, jobs) => {
      await router.each<RepostRow, void>(
        reposts,
        ({ author }) => author,
        (store, some) => store.reactions.eraseEntries(some, jobs),
      );
      await router.at(post, (store) => store.reactions.forgetReposts(post, reposts));
    },
    newestReposts: async (originals, authors, bounds) => {
      if (originals.length === 0) return newestOf([]);
      const answers = await router.each(authors, self, (store, some) =>
        store.reactions.newestBy(originals, some, bounds),
      );
      return newestOf(answers.flat());
    },
  };
}
