/** Timelines and author feeds that were filled before an import. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Timeline } from "../../feed/wire.ts";
import { env as bindings } from "cloudflare:workers";
import { eventually } from "../../test/eventually.ts";
import { at, bring as bringTo, newName } from "../../test/workerd/bring.ts";
import { findingNothing } from "../../test/workerd/doubles.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

vi.setConfig({ testTimeout: 120_000 });
const world = new World();
const bring = (lines: readonly unknown[], deps = world.deps) => bringTo(deps, lines);

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe("timelines that were read before an import", () => {
  it("show the posts at their place, without a gap or a repeat, and get no live frame of them", async () => {
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    const now = await world.post(author, "now");
    await world.drain();
    expect(await world.scroll(reader)).toEqual([now]);
    const { ids } = await bring([
      { post: { key: `${author.user.id}/1`, author: author.user.handle, text: "1", at: at(1) } },
      { post: { key: `${author.user.id}/2`, author: author.user.handle, text: "2", at: at(2) } },
    ]);
    const sent = world.held.map(({ body }) => Reflect.get(Object(body), "kind") as unknown);
    expect(new Set(sent)).toEqual(new Set(["history"]));
    await world.drain();
    const wanted = [now, ids.get(2), ids.get(1)];
    expect(await world.scroll(reader)).toEqual(wanted);
    expect(await world.scroll(reader, 1)).toEqual(wanted);
    expect(await world.scroll(author)).toEqual(wanted);
    expect(await countRows(world, "outbox")).toBe(0);
  });

  it("show them although the queue lost the message", async () => {
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    expect(await world.scroll(reader)).toEqual([]);
    const { ids } = await bring([
      { post: { key: `${author.user.id}/1`, author: author.user.handle, text: "1", at: at(1) } },
    ]);
    world.loseMessages();
    await world.sweep(OUTBOX_DUE_MS + 1_000);
    await world.drain();
    expect(await world.scroll(reader)).toEqual([ids.get(1)]);
  });

  it("show the posts of an author who is pulled", async () => {
    const env = {
      CELEBRITY_THRESHOLD: "2",
      AUTHOR_FEED_PAGES: findingNothing(bindings.AUTHOR_FEED_PAGES),
    };
    const celebrities = new World(env);
    const { author, readers } = await celebrities.audience(2);
    const [reader = author] = readers;
    await celebrities.drain();
    const now = await celebrities.post(author, "now");
    await celebrities.drain();
    expect(await new World(env).scroll(reader)).toEqual([now]);
    const line = { key: `${author.user.id}/1`, author: author.user.handle, text: "1", at: at(1) };
    const { ids } = await bring([{ post: line }], celebrities.deps);
    await celebrities.drain();
    const path = "/v1/timeline?order=latest&limit=1";
    const page = await new World(env).call<Timeline>("GET", path, { token: reader.token });
    expect(page.body.items.map(({ id }) => id)).toEqual([now]);
    // Pages of a feed may be some seconds old.
    await eventually(async () => {
      expect(await new World(env).scroll(reader, 1)).toEqual([now, ids.get(1)]);
    });
  });

  it("show reposts, and which posts their owner likes", async () => {
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    const key = `${author.user.id}/1`;
    const stranger = newName("stranger");
    await bring([
      { user: { handle: stranger } },
      { post: { key, author: stranger, text: "found", at: at(1) } },
    ]);
    await world.scroll(reader);
    const { ids } = await bring([
      { repost: [author.user.handle, key, at(9)] },
      { like: [reader.user.handle, key] },
    ]);
    await world.drain();
    const path = "/v1/timeline?order=latest";
    const { body } = await world.call<Timeline>("GET", path, { token: reader.token });
    expect(body.items[0]).toMatchObject({
      id: ids.get(1),
      at: at(9),
      reason: { kind: "repost" },
      post: { text: "found", viewer: { liked: true, reposted: false } },
    });
  });
});
