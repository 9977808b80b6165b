/** Sessions: refreshed, listed and ended, with their tokens and sockets. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { REFRESH_REPEAT_MS, SESSION_TRUSTED_MS, TICKET_TTL_S } from "../../feed/limits-sessions.ts";
import {
  CLOSE_TOKEN_EXPIRED,
  LIVE_PROTOCOL,
  LIVE_TICKET_PREFIX,
  type Session,
} from "../../feed/wire.ts";
import type { Refreshed, SignedIn, Ticket } from "../../feed/wire-sessions.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import { eventually } from "../eventually.ts";
import { LiveSocket, requestSocket } from "./socket.ts";
import { World } from "./world.ts";

const PASSWORD = "correct horse battery";
let people = 0;
let world: World;
let handle: string;
let first: SignedIn;

beforeEach(async () => {
  world = new World();
  handle = `session_owner_${people++}`;
  const body = { handle, password: PASSWORD };
  first = (await world.call<SignedIn>("POST", "/v1/accounts", { body })).body;
});
afterEach(() => {
  vi.useRealTimers();
});

const signIn = async (password = PASSWORD, device = "a device") =>
  world.call<SignedIn>("POST", "/v1/sessions", {
    body: { handle, password },
    headers: { "user-agent": device },
  });
const signedIn = async (device?: string) => (await signIn(PASSWORD, device)).body;
const refresh = (refreshToken: string, at = world) =>
  at.call<Refreshed>("POST", "/v1/sessions/refresh", { body: { refreshToken } });
const status = async (session: { token: string }, at = world, path = "/v1/me") =>
  (await at.call("GET", path, { token: session.token })).status;
interface Listed {
  items: { id: string; device: string; current: boolean }[];
}
const list = async (session: { token: string }) =>
  (await world.call<Listed>("GET", "/v1/sessions", { token: session.token })).body.items;
const later = (ms: number): void =>
  void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const minted = async (): Promise<Session> => world.session(handle);

describe("a refresh token", () => {
  it("gives new tokens once, and the access token is of the same session", async () => {
    const { status: answered, body } = await refresh(first.refreshToken);
    expect(answered).toBe(200);
    expect(body.refreshToken).not.toBe(first.refreshToken);
    expect((await list(body)).map(({ current }) => current)).toEqual([true]);
    expect((await refresh(body.refreshToken)).status).toBe(200);
  });

  it("that is sent again because its answer was lost gives the same successor", async () => {
    const lost = (await refresh(first.refreshToken)).body;
    const again = (await refresh(first.refreshToken)).body;
    expect(again.refreshToken).toBe(lost.refreshToken);
    expect((await refresh(again.refreshToken)).status).toBe(200);
  });

  it("that two tabs use at once gives both the same successor, and no session ends", async () => {
    const worlds = [world, new World(), new World()];
    const answers = await Promise.all(worlds.map((one) => refresh(first.refreshToken, one)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    expect(await status(answers[2]?.body ?? first)).toBe(200);
  });

  it("that was stolen ends the session once it is used after its successor", async () => {
    const thief = (await refresh(first.refreshToken)).body;
    const victim = (await refresh(thief.refreshToken)).body;
    expect((await refresh(first.refreshToken)).status).toBe(401);
    // Neither of them has the session now.
    expect((await refresh(victim.refreshToken)).status).toBe(401);
    expect([await status(thief), await status(victim)]).toEqual([401, 401]);
    expect((await signIn()).status).toBe(201);
  });

  it("that was replaced longer than a minute ago ends the session", async () => {
    const next = (await refresh(first.refreshToken)).body;
    later(REFRESH_REPEAT_MS + 1);
    expect((await refresh(first.refreshToken)).status).toBe(401);
    expect((await refresh(next.refreshToken)).status).toBe(401);
  });

  it("that is made up, or of another session's family, is refused and ends nothing", async () => {
    const second = await signedIn();
    const [account, , family, secret] = first.refreshToken.split(".");
    const [, session] = second.refreshToken.split(".");
    for (const forged of [
      [account, session, family, secret].join("."),
      first.refreshToken.replace(/.{8}$/, "AAAAAAAA").replace(family ?? "", "B".repeat(22)),
      first.token,
      "nothing",
    ]) {
      expect((await refresh(forged)).status).toBe(401);
    }
    expect((await refresh(first.refreshToken)).status).toBe(200);
    expect((await refresh(second.refreshToken)).status).toBe(200);
  });
});

describe("an ended session", () => {
  it("is not listed, and its tokens stop at once here and within a minute elsewhere", async () => {
    const second = await signedIn("another device");
    expect((await list(first)).map(({ device }) => device)).toEqual([
      expect.any(String),
      "another device",
    ]);
    const elsewhere = new World();
    expect(await status(second, elsewhere)).toBe(200);
    const ended = (await list(first)).find(({ current }) => !current)?.id;
    const { token } = first;
    expect((await world.call("DELETE", `/v1/sessions/${ended}`, { token })).status).toBe(204);
    expect([await status(second), await status(first)]).toEqual([401, 200]);
    expect(await list(first)).toHaveLength(1);
    later(SESSION_TRUSTED_MS);
    expect(await status(second, elsewhere)).toBe(401);
    expect((await refresh(second.refreshToken)).status).toBe(401);
    expect((await world.call("DELETE", `/v1/sessions/${handle}`, { token })).status).toBe(404);
  });

  it("reads no page of the timeline, which tells the isolate of it", async () => {
    const second = await signedIn();
    const elsewhere = new World();
    const page = "/v1/timeline?order=latest";
    expect(await status(second, elsewhere, page)).toBe(200);
    await world.call("DELETE", "/v1/sessions", { token: first.token });
    expect(await status(second, elsewhere, page)).toBe(401);
    expect(await status(second, elsewhere)).toBe(401);
    expect(await status(first, elsewhere, page)).toBe(200);
  });

  it("of the request itself is a sign-out", async () => {
    await world.call("DELETE", "/v1/sessions/current", { token: first.token });
    expect(await status(first)).toBe(401);
  });

  it("is told to the timeline by the sweep if the timeline did not answer", async () => {
    const second = await signedIn();
    const { homes } = world.deps;
    const real = homes.call.bind(homes);
    const failing = vi.spyOn(homes, "call").mockRejectedValue(new ObjectUnavailable("down"));
    await world.call("DELETE", "/v1/sessions", { token: first.token });
    failing.mockImplementation(real);
    await world.sweep(10 * 60_000);
    await world.drain();
    expect(await status(second, new World())).toBe(401);
  });
});

describe("a new password", () => {
  const change = (session: { token: string }, body: object) =>
    world.call("PUT", "/v1/me/password", { token: session.token, body });

  it("ends every other session, its sockets and tokens without a session, and no more", async () => {
    const [second, third, old] = [await signedIn(), await signedIn(), await minted()];
    const sockets: LiveSocket[] = [];
    for (const one of [first, second, third, old]) {
      sockets.push(await LiveSocket.open(world, { ...one, user: first.user }));
    }
    const body = { current: PASSWORD, new: "another long one" };
    later(1000);
    expect((await change(second, body)).status).toBe(204);
    for (const n of [0, 2, 3]) {
      await eventually(() => expect(sockets[n]?.closed?.code).toBe(CLOSE_TOKEN_EXPIRED));
    }
    expect(sockets[1]?.closed).toBeNull();
    const statuses = [];
    for (const one of [first, second, third, old]) statuses.push(await status(one, new World()));
    expect(statuses).toEqual([401, 200, 401, 401]);
    expect([(await signIn()).status, (await signIn("another long one")).status]).toEqual([
      401, 201,
    ]);
    later(1000);
    expect(await status(await minted())).toBe(200);
  });

  it("needs the current one, and a long enough new one", async () => {
    const short = { current: PASSWORD, new: "short" };
    expect((await change(first, { current: "wrong", new: "another long one" })).status).toBe(401);
    expect((await change(first, short)).status).toBe(400);
    expect((await signIn()).status).toBe(201);
  });
});

describe("a ticket", () => {
  const ticketOf = async (session: { token: string }) =>
    (await world.call<Ticket>("POST", "/v1/live/tickets", { token: session.token })).body.ticket;
  const open = async (ticket: string) => {
    const protocols = [LIVE_PROTOCOL, LIVE_TICKET_PREFIX + ticket];
    return (await requestSocket(world, first, { protocols })).status;
  };

  it("opens one socket of its account, and no second one", async () => {
    const ticket = await ticketOf(first);
    expect(await open(ticket)).toBe(101);
    expect(await open(ticket)).toBe(401);
    expect(await open(await ticketOf(first))).toBe(101);
  });

  it("is refused after a minute, as a token of the API, and once its session has ended", async () => {
    const [late, ended] = [await ticketOf(first), await ticketOf(first)];
    expect(await status({ token: late })).toBe(401);
    expect(await open(first.token)).toBe(401);
    await world.call("DELETE", "/v1/sessions/current", { token: first.token });
    expect(await open(ended)).toBe(401);
    later(TICKET_TTL_S * 1000 + 1000);
    expect(await open(late)).toBe(401);
  });
});

describe("an access token of a session", () => {
  it("opens a socket that outlives it", async () => {
    const socket = await LiveSocket.open(world, first);
    await eventually(() => expect(socket.frames).toHaveLength(1));
    const { token } = (await refresh(first.refreshToken)).body;
    later(Number(world.env.ACCESS_TOKEN_TTL_S) * 1000 + 1000);
    expect(await status(first)).toBe(401);
    const renewed = (
      await world.call<Refreshed>("POST", "/v1/sessions/refresh", {
        body: { refreshToken: (await signedIn()).refreshToken },
      })
    ).body;
    const id = await world.post({ ...first, token: renewed.token }, "hello");
    await world.drain();
    await eventually(() => expect(socket.changes).toEqual([`+${id}`]));
    expect([socket.closed, await status({ token })]).toEqual([null, 401]);
  });
});
