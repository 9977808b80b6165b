/** Sessions of the built Worker: a stolen refresh token, and a changed password with open sockets. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  type Live,
  type LiveEvent,
  orThrow,
  type SignedIn,
  Skein,
} from "../../client/src/skein-client.ts";
import { type Server, startServer } from "./server.ts";

const PASSWORD = "a-password-for-tests";
const TEST_TIMEOUT_MS = 120_000;
/** A session ends everywhere within a minute. */
const SOON = { timeout: 75_000, interval: 200 };

let server: Server;
let nobody: Skein;
beforeAll(async () => {
  server = await startServer();
  nobody = new Skein({ url: server.url.origin });
});
afterAll(() => server.close());

async function signUp(): Promise<SignedIn> {
  const handle = `t_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  return orThrow(await nobody.createAccount({ handle, password: PASSWORD }));
}

it(
  "a stolen refresh token that is used after its successor ends the session of both",
  async () => {
    const { refreshToken: stolen } = await signUp();
    const second = orThrow(await nobody.refreshSession(stolen));
    const third = orThrow(await nobody.refreshSession(second.refreshToken));
    const thief = await nobody.refreshSession(stolen);
    expect(thief).toMatchObject({ ok: false, error: { code: "unauthenticated" } });
    const again = await nobody.refreshSession(stolen);
    expect(again).toMatchObject({ ok: false, error: { code: "unauthenticated" } });
    const owner = await nobody.refreshSession(third.refreshToken);
    expect(owner).toMatchObject({ ok: false, error: { code: "unauthenticated" } });
    await vi.waitFor(async () => {
      const page = await nobody.as(third.token).readTimeline().page();
      expect(page).toMatchObject({ ok: false, error: { code: "unauthenticated" } });
    }, SOON);
  },
  TEST_TIMEOUT_MS,
);

it(
  "a changed password ends two other sessions and their sockets, and not its own",
  async () => {
    const first = await signUp();
    const { handle } = first.user;
    const sessions = [first];
    for (let n = 0; n < 2; n++) {
      sessions.push(orThrow(await nobody.createSession({ handle, password: PASSWORD })));
    }
    const heard: LiveEvent["type"][][] = sessions.map(() => []);
    const sockets: Live[] = sessions.map(({ token }, n) =>
      nobody.as(token).openLive(({ type }) => heard[n]?.push(type)),
    );
    await vi.waitFor(() => expect(heard).toEqual([["open"], ["open"], ["open"]]), SOON);
    const own = nobody.as(first.token);
    const change = { current: PASSWORD, new: "another-password-for-tests" };
    expect(await own.changePassword(change)).toMatchObject({ ok: true });
    await vi.waitFor(() => {
      expect(heard.slice(1).map((types) => types.at(-1))).toEqual(["ended", "ended"]);
    }, SOON);
    expect(heard[0]).toEqual(["open"]);
    for (const { token, refreshToken } of sessions.slice(1)) {
      await vi.waitFor(async () => {
        expect(await nobody.as(token).readTimeline().page()).toMatchObject({ ok: false });
      }, SOON);
      expect(await nobody.refreshSession(refreshToken)).toMatchObject({ ok: false });
    }
    expect(await own.readTimeline().page()).toMatchObject({ ok: true });
    expect(orThrow(await own.listSessions()).items).toHaveLength(1);
    for (const socket of sockets) socket.close();
  },
  TEST_TIMEOUT_MS,
);
