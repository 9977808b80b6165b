/** One post that a great many people have on screen. */
import { runDurableObjectAlarm } from "cloudflare:test";
import pMap from "p-map";
import { expect, it, vi } from "vitest";
import { makeId } from "../../feed/ids.ts";
import type { Post } from "../../feed/wire.ts";
import { eventually } from "../eventually.ts";
import { hubFor, subscribersOf } from "./hub-members.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

it(
  "a post on a thousand screens costs its counter one call a second, and every open page gets the counts",
  { timeout: 120_000 },
  async () => {
    const world = new World();
    const ada = await world.account();
    const post = await world.post(ada, "everybody look");
    await world.drain();
    const counter = world.env.POST_COUNTER.getByName(post);
    const hub = hubFor(ada.user.id);
    // Members who left long ago without a word.
    const gone = Array.from({ length: 1_000 }, (_, n) => makeId(n, n % 1024, n));
    await pMap(
      gone,
      async (user) => {
        await hub.join(user, { authors: [], sinceMs: null, movedFrom: null });
        await hub.watch(user, [post]);
      },
      { concurrency: 50 },
    );
    const sockets: LiveSocket[] = [];
    for (let n = 0; n < 6; n++) {
      const session = await world.account();
      await world.follow(session, ada);
      sockets.push(await LiveSocket.open(world, session));
      await world.call("GET", "/v1/timeline?order=latest", { token: session.token });
    }
    expect(await subscribersOf(counter)).toHaveLength(1);

    const { body } = await world.call<Post>("PUT", `/v1/posts/${post}/like`, ada);
    expect(body.counts.likes).toBe(1);
    await world.drain();
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(counter);
        for (const socket of sockets) {
          const counts = socket.frames.filter((frame) => frame.type === "counts");
          expect(counts.at(-1)).toMatchObject({ postId: post, counts: { likes: 1 } });
        }
      },
      { timeout: 30_000, interval: 200 },
    );
    // A member that has left is dropped; nobody has to unregister.
    await eventually(async () => {
      for (const user of gone.slice(0, 20)) expect(await hub.screenOf(user)).toBeNull();
    });
  },
);
