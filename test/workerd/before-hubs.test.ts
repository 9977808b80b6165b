/**
 * Objects that were stored before there were hubs: their subscriptions are gone, and everything else is
 * kept. Sockets close with every deploy, so whoever opens one again subscribes anew.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { UNDO_SINCE_HUBS } from "./older-timelines.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

const SOON = { timeout: 60_000, interval: 100 };

/** Brings an object's storage back to what a number of migrations made of it, and starts it again. */
async function asAfter(migrations: number, stub: DurableObjectStub, undo: string): Promise<void> {
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec(undo);
    storage.sql.exec("DELETE FROM migrations WHERE id > ?", migrations);
  });
  await evictDurableObject(stub);
}

it("an author feed, a counter and a timeline from before hubs go on with what they have", async () => {
  const world = new World({ CELEBRITY_THRESHOLD: "1" });
  const [author, reader, fan] = [
    await world.account(),
    await world.account(),
    await world.account(),
  ];
  await world.scroll(reader);
  await world.follow(reader, author);
  await world.drain();
  const old = await world.post(author, "before");
  await world.call("PUT", `/v1/posts/${old}/like`, { token: fan.token });
  await world.drain();

  const feed = bindings.AUTHOR_FEED.getByName(author.user.id);
  await asAfter(
    2,
    feed,
    `DROP TABLE subscribers; DROP TABLE card;
     CREATE TABLE listeners (
       kind TEXT NOT NULL, name TEXT NOT NULL, joined INTEGER NOT NULL, PRIMARY KEY (kind, name)
     ) WITHOUT ROWID;
     CREATE TABLE attached (id INTEGER PRIMARY KEY CHECK (id = 0), attached INTEGER NOT NULL);
     INSERT INTO listeners VALUES ('branch', 'live:${author.user.id}:1:0:0', 1);
     DELETE FROM news;
     INSERT INTO news (no, at_ms, body, told) VALUES
       (1, ${Date.now()}, '{"author":"${author.user.id}","changes":[]}', 0)`,
  );
  const counter = world.env.POST_COUNTER.getByName(old);
  await asAfter(
    3,
    counter,
    `DROP TABLE subscribers; DROP TABLE children; ALTER TABLE counter DROP COLUMN term;
     ALTER TABLE counter DROP COLUMN author;
     CREATE TABLE members (user TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE children (no INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL);
     INSERT INTO members VALUES ('${reader.user.id}', ${Date.now() + 60_000})`,
  );
  await asAfter(6, world.home(reader), UNDO_SINCE_HUBS);

  expect((await counter.read()).likes).toBe(1);
  expect(await world.scroll(reader)).toEqual([old]);
  const socket = await LiveSocket.open(world, reader);
  const post = await world.post(author, "after");
  await world.drain();
  await vi.waitFor(() => expect(socket.changes).toContain(`+${post}`), SOON);
  expect(await world.scroll(reader)).toEqual([post, old]);
});
