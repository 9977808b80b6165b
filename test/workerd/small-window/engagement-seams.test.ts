/** The seams of reposts and mutes, in the hot window and below it; docs/invariants.md names the rules. */
import { describe, expect, it } from "vitest";
import type { Session, Timeline } from "../../../feed/wire.ts";
import { World } from "../world.ts";

/** More posts than this project's hot window holds, so that earlier posts lie below it. */
const FILLING = 30;

async function people(count: number): Promise<{ world: World; all: Session[] }> {
  const world = new World();
  const all: Session[] = [];
  for (let n = 0; n < count; n++) all.push(await world.account());
  return { world, all };
}

async function lines(world: World, { token }: Session): Promise<string[]> {
  const shown: string[] = [];
  let cursor = "";
  for (;;) {
    const path = `/v1/timeline?order=latest&limit=7${cursor}`;
    const { body } = await world.call<Timeline>("GET", path, { token });
    shown.push(...body.items.map(({ post, reason }) => `${reason.kind} ${post.id}`));
    if (body.next === null) return shown;
    cursor = `&cursor=${body.next}`;
  }
}

async function fill(world: World, author: Session): Promise<void> {
  for (let n = 0; n < FILLING; n++) await world.post(author, `filling ${n}`);
  await world.drain();
}

describe.each(["in the hot window", "below it"])("%s", (place) => {
  const below = place === "below it";

  it("a mute hides posts that arrive meanwhile, and unmuting shows all of them", async () => {
    const { world, all } = await people(4);
    const [reader, muted, reposter, other] = all;
    if (!reader || !muted || !reposter || !other) throw new Error("four were made");
    for (const author of [muted, reposter, other]) await world.follow(reader, author);
    await lines(world, reader);
    const before = await world.post(muted, "before");
    await world.drain();
    await world.call("PUT", `/v1/users/${muted.user.id}/mute`, { token: reader.token });
    const meanwhile = await world.post(muted, "meanwhile");
    await world.call("PUT", `/v1/posts/${before}/repost`, { token: reposter.token });
    await world.drain();
    if (below) await fill(world, other);
    const hidden = (await lines(world, reader)).filter((line) => !line.includes("filling"));
    expect(hidden.some((line) => line.includes(before) || line.includes(meanwhile))).toBe(false);
    await world.call("DELETE", `/v1/users/${muted.user.id}/mute`, { token: reader.token });
    const shown = await lines(world, reader);
    expect(shown.slice(below ? FILLING : 0)).toEqual([
      `repost ${before}`,
      `following ${meanwhile}`,
    ]);
  });

  it("an original shows at its newest occurrence and nowhere else", async () => {
    const { world, all } = await people(4);
    const [reader, author, first, second] = all;
    if (!reader || !author || !first || !second) throw new Error("four were made");
    for (const followee of [author, first, second]) await world.follow(reader, followee);
    await lines(world, reader);
    const post = await world.post(author, "everybody reposts this");
    if (below) await fill(world, author);
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: first.token });
    if (below) await fill(world, author);
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: second.token });
    await world.drain();
    if (below) await fill(world, author);
    const of = async () => (await lines(world, reader)).filter((line) => line.includes(post));
    expect(await of()).toEqual([`repost ${post}`]);
    await world.call("DELETE", `/v1/posts/${post}/repost`, { token: second.token });
    await world.drain();
    expect(await of()).toEqual([`repost ${post}`]);
    await world.call("DELETE", `/v1/posts/${post}/repost`, { token: first.token });
    await world.drain();
    expect(await of()).toEqual([`following ${post}`]);
  });

  it("a repost that arrives after its undoing stays hidden", async () => {
    const { world, all } = await people(3);
    const [reader, author, reposter] = all;
    if (!reader || !author || !reposter) throw new Error("three were made");
    await world.follow(reader, reposter);
    await lines(world, reader);
    const post = await world.post(author, "reposted by mistake");
    await world.drain();
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
    await world.call("DELETE", `/v1/posts/${post}/repost`, { token: reposter.token });
    const late = [...world.held];
    const isLast = ({ body }: { body: unknown }) => JSON.stringify(body).includes('"unrepost"');
    await world.drain({ shuffle: (held) => [...held].sort((a, b) => +isLast(b) - +isLast(a)) });
    for (const message of late) await world.handOver([message]);
    if (below) await fill(world, reposter);
    expect((await lines(world, reader)).filter((line) => line.includes(post))).toEqual([]);
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
    await world.drain();
    expect((await lines(world, reader))[0]).toBe(`repost ${post}`);
  });
});

it("a repost that arrives late stays hidden from a reader who woke after its undoing", async () => {
  const { world, all } = await people(3);
  const [reader, author, reposter] = all;
  if (!reader || !author || !reposter) throw new Error("three were made");
  await world.follow(reader, reposter);
  const post = await world.post(author, "reposted by mistake");
  const first = await world.post(reposter, "finds a timeline that has never been read");
  // The reader is dormant, so nothing is delivered until they read.
  await world.drain();
  await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
  const late = world.held;
  world.loseMessages();
  await world.call("DELETE", `/v1/posts/${post}/repost`, { token: reposter.token });
  await world.drain();
  expect(await lines(world, reader)).toEqual([`following ${first}`]);
  for (const message of late) await world.handOver([message]);
  expect(await lines(world, reader)).toEqual([`following ${first}`]);
});

it("the last answered call wins: like, unlike and like end liked, in any order of arrival", async () => {
  const { world, all } = await people(2);
  const [ada, bob] = all;
  if (!ada || !bob) throw new Error("two were made");
  const post = await world.post(ada, "hello");
  await world.drain();
  for (const method of ["PUT", "DELETE", "PUT"]) {
    await world.call(method, `/v1/posts/${post}/like`, { token: bob.token });
  }
  const messages = world.held.reverse();
  world.loseMessages();
  for (const message of [...messages, ...messages]) await world.handOver([message]);
  const counter = world.env.POST_COUNTER.getByName(post);
  expect((await counter.read()).likes).toBe(1);
  expect((await lines(world, ada)).length).toBe(1);
});
