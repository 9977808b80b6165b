/** One post that a great many people have on screen. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import pMap from "p-map";
import { describe, expect, it, vi } from "vitest";
import { makeId } from "../../feed/ids.ts";
import { AUDIENCE_NODE_MEMBERS } from "../../feed/limits.ts";
import type { Post, Session } from "../../feed/wire.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

describe("an audience larger than one node can call", () => {
  it(
    "is spread over relays, and every member gets the new counts",
    { timeout: 120_000 },
    async () => {
      const world = new World();
      const ada = await world.account();
      const post = await world.post(ada, "everybody look");
      await world.drain();
      const counter = world.env.POST_COUNTER.getByName(post);
      // Members who left long ago fill the first node.
      const gone = Array.from({ length: AUDIENCE_NODE_MEMBERS }, (_, n) => makeId(n, n % 1024, n));
      await pMap(gone, (user) => counter.addWatcher(user), { concurrency: 50 });
      const watchers: { session: Session; socket: LiveSocket }[] = [];
      for (let n = 0; n < 6; n++) {
        const session = await world.account();
        await world.follow(session, ada);
        const socket = await LiveSocket.open(world, session);
        await world.call("GET", "/v1/timeline?order=latest", { token: session.token });
        watchers.push({ session, socket });
      }
      const members = await runInDurableObject(counter, (_, { storage }) => ({
        here: storage.sql.exec("SELECT user FROM members").toArray().length,
        below: storage.sql.exec("SELECT no FROM children").toArray().length,
      }));
      expect(members.here).toBe(AUDIENCE_NODE_MEMBERS);
      expect(members.below).toBeGreaterThan(0);

      const { body } = await world.call<Post>("PUT", `/v1/posts/${post}/like`, ada);
      expect(body.counts.likes).toBe(1);
      await world.drain();
      await vi.waitFor(
        async () => {
          await runDurableObjectAlarm(counter);
          for (const { socket } of watchers) {
            const counts = socket.frames.filter((frame) => frame.type === "counts");
            expect(counts.at(-1)).toMatchObject({ postId: post, counts: { likes: 1 } });
          }
        },
        { timeout: 30_000, interval: 200 },
      );
      // A member that does not confirm is dropped; nobody has to unregister.
      const left = await runInDurableObject(counter, (_, { storage }) =>
        storage.sql.exec("SELECT user FROM members").toArray(),
      );
      expect(left).toEqual([]);
    },
  );
});
