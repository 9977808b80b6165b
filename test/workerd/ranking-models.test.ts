/** Which model ranks: the one in KV, as long as it is valid. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MODEL_FRESH_MS } from "../../feed/limits.ts";
import { DEFAULT_MODEL } from "../../feed/rank/default-model.ts";
import type { ModelDocument } from "../../feed/rank/model-document.ts";
import type { Problem, Session } from "../../feed/wire.ts";
import { Models } from "../../workers/rank/models.ts";
import { page, postsShown } from "./ranked.ts";
import { World } from "./world.ts";

let nowMs = 0;
let world: World;
let reader: Session;

beforeEach(async () => {
  world = new World();
  await world.env.MODELS.delete("current");
  await world.env.MODELS.delete("good");
  restart();
  reader = await world.account();
  const author = await world.account();
  await world.follow(reader, author);
  for (let n = 0; n < 12; n++) await world.post(author, n % 2 === 0 ? "short" : "long ".repeat(50));
  await world.drain();
  // For posts this young every millisecond changes the order.
  const laterMs = Date.now() + 60_000;
  Object.assign(world.deps, { nowMs: () => laterMs });
});
afterEach(() => vi.restoreAllMocks());

/** The model cache of a new isolate. */
function restart(): void {
  Object.assign(world.deps, { models: new Models(world.env.MODELS, () => nowMs) });
}

/** The page some time after a document was put in KV, and the model that ranked it. */
async function ranked(): Promise<{ model: string | undefined; posts: string[] }> {
  nowMs += MODEL_FRESH_MS;
  const { items } = await page(world, reader, { limit: 100, explain: true });
  return { model: items[0]?.why?.model, posts: postsShown(items) };
}

/** A model that prefers old posts: it reverses the order. */
const upsideDown: ModelDocument = {
  ...DEFAULT_MODEL,
  name: "upside-down",
  weights: { like: -0.5, repost: -1, reply: -5, open: -0.3, dwell: -0.05, hide: 58.8 },
};

const good = JSON.stringify(upsideDown);
const BAD: Record<string, string> = {
  "is empty": "",
  "is no JSON": "<html>502 Bad Gateway</html>",
  "was cut off": good.slice(0, good.length / 2),
  "is of another version": JSON.stringify({ ...upsideDown, version: 2 }),
  "has a NaN": good.replace(/"b1":\[[^,]*/, '"b1":[NaN'),
  "has a number that is infinite": good.replace(/"b1":\[[^,]*/, '"b1":[1e999'),
  "has a text for a number": good.replace(/"b1":\[[^,]*/, '"b1":["1"'),
  "is for other features": JSON.stringify({ ...upsideDown, features: ["age"] }),
  "is far too long": good + " ".repeat(600_000),
};

function put(model: unknown) {
  return world.call<Problem & { name: string }>("PUT", "/v1/admin/model", {
    token: world.env.ADMIN_TOKEN,
    body: model,
  });
}

describe("the model that ranks", () => {
  it("is the default one until another is put in KV, and again after that one is deleted", async () => {
    const shipped = await ranked();
    expect(shipped.model).toBe(DEFAULT_MODEL.name);
    expect(await put(upsideDown)).toMatchObject({ status: 200, body: { name: "upside-down" } });
    const other = await ranked();
    expect(other.model).toBe("upside-down");
    expect(other.posts).not.toEqual(shipped.posts);
    expect([...other.posts].sort()).toEqual([...shipped.posts].sort());
    await world.env.MODELS.delete("current");
    expect((await ranked()).model).toBe(DEFAULT_MODEL.name);
  });

  it.each(Object.entries(BAD))(
    "stays the same if the document in KV %s, and the status says so",
    async (_, text) => {
      const error = vi.spyOn(console, "error").mockReturnValue();
      const shipped = await ranked();
      await world.env.MODELS.put("current", text);
      expect((await ranked()).model).toBe(DEFAULT_MODEL.name);
      await put(upsideDown);
      const before = await ranked();
      expect(before.model).toBe("upside-down");
      expect(error).toHaveBeenCalledTimes(1);

      await world.env.MODELS.put("current", text);
      expect(await ranked()).toEqual(before);
      expect(error).toHaveBeenCalledTimes(2);
      const { body } = await world.call<{ refused: string }>("GET", "/v1/admin/model", {
        token: world.env.ADMIN_TOKEN,
      });
      expect(body).toMatchObject({ name: "upside-down", from: "kv" });
      expect(body.refused).toMatch(/^the model was refused: /);
      // A new isolate loads the last model that the API stored.
      restart();
      expect((await ranked()).model).toBe("upside-down");
      expect([...before.posts].sort()).toEqual([...shipped.posts].sort());
    },
  );

  it("is refused by the API with the reason and not stored if it is invalid", async () => {
    await put(upsideDown);
    for (const bad of [{ ...upsideDown, version: 3 }, { ...upsideDown, b2: [] }, {}]) {
      const { status, body } = await put(bad);
      expect([status, body.code]).toEqual([400, "invalid_request"]);
      const said = body.errors?.map(({ path, message }) => path + message).join();
      expect(said).toMatch(/version|numbers/);
    }
    expect((await ranked()).model).toBe("upside-down");
  });

  it("keeps ranking while KV fails or hangs", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    await put(upsideDown);
    expect((await ranked()).model).toBe("upside-down");
    const kv = world.env.MODELS;
    const reading = vi.spyOn(kv, "get");
    reading.mockRejectedValueOnce(new Error("KV is away"));
    expect((await ranked()).model).toBe("upside-down");
    const never = new Promise<never>(() => undefined);
    reading.mockImplementationOnce(() => never);
    expect((await ranked()).model).toBe("upside-down");
    expect(reading).toHaveBeenCalledTimes(2);
  });
});
