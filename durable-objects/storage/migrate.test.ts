import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { newHome, shownBy, warm } from "../../test/workerd/homes.ts";
import { MIGRATIONS } from "../home-timeline/store.ts";
import { migrate } from "./migrate.ts";

const first = { id: 101, sql: "CREATE TABLE one (a INTEGER)" };
const second = { id: 102, sql: "CREATE TABLE two (b INTEGER); INSERT INTO two VALUES (7)" };

/** Runs migrations one after the other in the empty storage of a new object. */
async function inNewStorage(work: (storage: DurableObjectStorage) => void): Promise<void> {
  const { home } = newHome();
  await runInDurableObject(home, async (_, { storage }) => {
    await storage.deleteAll();
    work(storage);
  });
}

describe("migrations", () => {
  it("run once each, in order, and new ones run after those that have run before", async () => {
    await inNewStorage((storage) => {
      migrate(storage, [first]);
      migrate(storage, [first, second]);
      migrate(storage, [first, second]);
      expect(storage.sql.exec("SELECT b FROM two").toArray()).toEqual([{ b: 7 }]);
    });
  });

  it("keep an object from starting if its history was changed, shortened or reordered", async () => {
    await inNewStorage((storage) => {
      migrate(storage, [first, second]);
      const changed = { ...first, sql: `${first.sql} -- better` };
      const histories = [[changed, second], [first], [], [second, first], [{ ...first, id: 100 }]];
      for (const history of histories) {
        expect(() => migrate(storage, history)).toThrow(/has run here/);
      }
      migrate(storage, [first, second]);
    });
  });

  it("change nothing if one of them fails", async () => {
    await inNewStorage((storage) => {
      const broken = { id: 103, sql: "CREATE TABLE three (c INTEGER); no sql" };
      expect(() => migrate(storage, [first, broken])).toThrow(/syntax error/);
      const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'one'");
      expect(tables.toArray()).toEqual([]);
      migrate(storage, [first, second]);
    });
  });

  it("that the code has lost keep an object from starting, and leave its data alone", async () => {
    const { home } = newHome();
    await warm(home);
    const later = MIGRATIONS.length + 1;
    await runInDurableObject(home, (instance, state) => {
      state.storage.sql.exec(
        `INSERT INTO migrations (id, sql) VALUES (${later}, 'CREATE TABLE later')`,
      );
      const again = () => migrate(state.storage, MIGRATIONS);
      expect(again).toThrow(`migration ${later} has run here`);
      expect(state.storage.sql.exec("SELECT warm FROM state").one()).toEqual({ warm: 1 });
      expect(instance.beginRebuild()).toBeNull();
    });
  });

  it("have ids that grow", () => {
    expect(MIGRATIONS.map(({ id }) => id)).toEqual([...MIGRATIONS.keys()].map((n) => n + 1));
  });

  it("of a home timeline let an evicted object start again", async () => {
    const { home } = newHome();
    await warm(home);
    await evictDurableObject(home);
    expect((await shownBy(home)).ids).toEqual([]);
  });
});
