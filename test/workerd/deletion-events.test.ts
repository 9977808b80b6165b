/** What a deleted account leaves in the export. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { EVENT_ATTEMPTS_MAX } from "../../feed/limits.ts";
import type { Session } from "../../feed/wire.ts";
import { listLetters } from "../all-shards.ts";
import { Exporting } from "./exporting.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);

let exporting: Exporting;
beforeEach(() => {
  exporting = new Exporting();
});

describe("the deletion of an account", () => {
  async function deleteAccount({ user }: Session): Promise<void> {
    const { world } = exporting;
    await world.call("PUT", `/v1/admin/accounts/${user.handle}/state`, {
      token: world.env.ADMIN_TOKEN,
      body: { state: "leaving" },
    });
    await world.drain();
  }

  it("sends one event for each post of a deleted account, also if it was reposted and answered", async () => {
    const { world } = exporting;
    const [author, reader] = [await world.account(), await world.account()];
    const post = await world.post(author, "hello");
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reader.token });
    await world.post(reader, "hello back", post);
    const quiet = await world.post(author, "nobody answers this");
    await world.drain();
    await deleteAccount(author);
    const deleted = exporting.sent.flatMap((event) =>
      event.type === "delete" ? [event.post] : [],
    );
    expect(deleted.toSorted()).toEqual([post, quiet].toSorted());
  });

  it("takes its events out of the dead letters", async () => {
    const { world } = exporting;
    const [author, other] = [await world.account(), await world.account()];
    const { store, eventLog } = world.deps;
    if (eventLog === null) throw new Error("events are exported");
    await world.post(author, "to be forgotten");
    await world.post(other, "to be kept");
    await world.drain();
    vi.spyOn(eventLog, "write").mockRejectedValue(new Error("the endpoint is down"));
    await exporting.handOver(exporting.sent, { attempts: EVENT_ATTEMPTS_MAX });
    await deleteAccount(author);
    const letters = JSON.stringify(await listLetters(store, 100));
    expect(letters).not.toContain("to be forgotten");
    expect(letters).toContain("to be kept");
  });
});
