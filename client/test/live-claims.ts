/** What the client promises of its live socket. */
import type { Connect, Socket } from "../src/skein-client.ts";
import { Events, same, type Stage } from "./stage.ts";

/** Opens sockets, and remembers them so that a test can break them. */
function breakable(): { connect: Connect; opened: WebSocket[]; urls: string[] } {
  const opened: WebSocket[] = [];
  const urls: string[] = [];
  const connect = (url: string, protocols: string[]): Socket => {
    const socket = new WebSocket(url, protocols);
    opened.push(socket);
    urls.push(url);
    return socket;
  };
  return { connect, opened, urls };
}

/** A reader who follows an author. */
async function followed(stage: Stage) {
  const [author, reader] = await stage.people(2);
  if (author === undefined || reader === undefined) throw new Error("nobody was made");
  await stage.value(reader.skein.followUser(author.session.user.id));
  return { author, reader };
}

export const LIVE_CLAIMS: Record<string, (stage: Stage) => Promise<void>> = {
  "a socket opened with a page's seq brings what came since, then posts and deletions": async (
    stage,
  ) => {
    const { author, reader } = await followed(stage);
    const { seq } = await stage.value(reader.skein.readTimeline({ order: "latest" }).page());
    const between = await stage.value(author.skein.createPost({ text: "between" }));
    const events = new Events();
    const live = reader.skein.openLive(events.listen, { since: seq });
    try {
      same((await events.next("open")).resumed, true);
      await events.next("post", ({ item }) => item.post.id === between.id);
      const later = await stage.value(author.skein.createPost({ text: "later" }));
      await events.next("post", ({ item }) => item.post.id === later.id);
      await stage.value(author.skein.deletePost(later.id));
      const gone = await events.next("delete", ({ postId }) => postId === later.id);
      same(live.seq, gone.seq);
    } finally {
      live.close();
    }
  },

  "a socket brings the counts of the posts of a page that was read while it was open": async (
    stage,
  ) => {
    const { author, reader } = await followed(stage);
    const { id } = await stage.value(author.skein.createPost({ text: "like me" }));
    const events = new Events();
    const live = reader.skein.openLive(events.listen);
    try {
      same((await events.next("open")).resumed, false);
      await stage.value(reader.skein.readTimeline({ order: "latest" }).page());
      await stage.value(author.skein.likePost(id));
      await events.next("counts", ({ postId, counts }) => postId === id && counts.likes === 1);
    } finally {
      live.close();
    }
  },

  "a socket that broke is opened again by itself, and brings what was missed": async (stage) => {
    const { author, reader } = await followed(stage);
    const { connect, opened, urls } = breakable();
    const events = new Events();
    const live = reader.skein.openLive(events.listen, { connect });
    try {
      await events.next("open");
      const before = await stage.value(author.skein.createPost({ text: "before" }));
      await events.next("post", ({ item }) => item.post.id === before.id);
      const { seq } = live;
      opened[0]?.close(1000);
      await events.next("down");
      const missed = await stage.value(author.skein.createPost({ text: "missed" }));
      await events.next("open", ({ resumed }) => resumed);
      await events.next("post", ({ item }) => item.post.id === missed.id);
      same(new URL(urls[1] ?? stage.url).searchParams.get("since"), String(seq));
    } finally {
      live.close();
    }
  },

  "a socket whose token is refused renews it, and without a renewal ends": async (stage) => {
    const [ada] = await stage.people(1);
    const { client, url } = stage;
    const renewing = new client.Skein({
      url,
      token: "an.old.token",
      refresh: () => ada?.session.token ?? null,
    });
    const events = new Events();
    const live = renewing.openLive(events.listen);
    try {
      await events.next("open");
    } finally {
      live.close();
    }
    const refused = new Events();
    const other = stage.nobody().as("an.old.token").openLive(refused.listen);
    const { error } = await refused.next("ended");
    same(error.code, "unauthenticated");
    other.close();
  },

  "a closed socket is silent": async (stage) => {
    const { author, reader } = await followed(stage);
    const closed = new Events();
    const live = reader.skein.openLive(closed.listen);
    await closed.next("open");
    live.close();
    const open = new Events();
    const other = reader.skein.openLive(open.listen);
    try {
      await open.next("open");
      const post = await stage.value(author.skein.createPost({ text: "unheard" }));
      await open.next("post", ({ item }) => item.post.id === post.id);
      same(
        closed.all.map(({ type }) => type),
        ["open"],
      );
    } finally {
      other.close();
    }
  },
};
