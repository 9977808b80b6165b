/** A mover that dies at any of its calls, and one that follows it. */
import { beforeAll, expect, it, vi } from "vitest";
import { Mover } from "../../db/places/mover.ts";
import type { MovablePlace, StorePlace } from "../../db/places/place.ts";
import { idBucket } from "../../feed/ids.ts";
import type { PlaceName } from "../../feed/placement.ts";
import { FilledWorld } from "./filled-world.ts";
import { allRows, migrateMore, MORE_DATABASES, TestMover } from "./moving.ts";
import { dyingAtEveryPoint } from "./steps.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });
vi.spyOn(console, "warn").mockImplementation(() => undefined);

const world = new World();
const filled = new FilledWorld(world);

beforeAll(async () => {
  await migrateMore();
  await filled.fill(60);
});

/** Places whose mover dies before or after a call: none of its later calls happens. */
function dyingPlaces(places: readonly StorePlace[], deathAt: number) {
  let calls = 0;
  const die = () => {
    if (calls++ >= deathAt) throw new Error("the mover has died");
  };
  const dying = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]): Promise<unknown> => {
          die();
          const answer: unknown = await Reflect.apply(value, object, args);
          die();
          return answer;
        };
      },
    });
  return {
    places: places.map(({ holdings, mover, ...place }) => ({
      ...place,
      holdings: holdings === null ? null : dying(holdings),
      mover: mover === null ? null : dying<MovablePlace>(mover),
    })),
    isDead: () => calls > deathAt,
  };
}

it("a mover that dies at any call leaves a store that works, and the next one loses nothing", async () => {
  const many = new World(MORE_DATABASES);
  const { router } = many.deps;
  const author = filled.person(2);
  const bucket = idBucket(author.user.id);
  let posts = 0;
  await dyingAtEveryPoint(async (index) => {
    const from = (await router.locate())(bucket);
    const to: PlaceName = from === "d1:DB_2" ? "d1:DB_0" : "d1:DB_2";
    const { places, isDead } = dyingPlaces(router.places, index);
    const mover = new Mover(places, `run ${index} that dies`, Date.now);
    const run = async () => {
      await mover.begin();
      await mover.plan(from, [{ bucket, to }]);
      for (let state = await mover.state(from); state !== null;) {
        // Somebody writes while the rows are copied.
        if (state.phase === "check" && state.table === 1 && state.cursor === null) {
          await new World(MORE_DATABASES).post(author, `post ${posts++}`);
        }
        state = await mover.step(from, state);
      }
    };
    await run().catch((error: unknown) => {
      if (!isDead()) throw error;
    });
    // People use the store in between, some of them with an old map.
    await many.post(author, `post ${posts++}`);
    await new World(MORE_DATABASES).post(author, `post ${posts++}`);
    await new TestMover(new World(MORE_DATABASES), [to], [bucket, bucket]).all();
    const { body } = await many.call<{ counts: { posts: number } }>(
      "GET",
      `/v1/users/${author.user.id}`,
      { token: author.token },
    );
    const rows = await allRows(many, ["posts", "outbox"]);
    const own = [...(rows.get("posts")?.values() ?? [])].filter((row) =>
      row.includes(`"author":"${author.user.id}"`),
    );
    expect(own.filter((row) => row.includes('"text":"post ')).length, `call ${index}`).toBe(posts);
    expect(body.counts.posts, `call ${index}`).toBe(
      own.filter((row) => row.includes('"repostOf":null')).length,
    );
    return isDead();
  });
  await allRows(many);
});
