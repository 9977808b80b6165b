/** A signing key is replaced while people read, renew their sessions and open sockets. */
import { expect, it } from "vitest";
import { Chance } from "../model/chance.ts";
import { seedOr } from "../model/seed.ts";
import type { Refreshed, SignedIn, Ticket } from "../../feed/wire-sessions.ts";
import { World } from "./world.ts";

const PASSWORD = "correct horse battery";
const PEOPLE = 6;
const CALLS_EACH = 12;
const key = (text: string): string => btoa(text.padEnd(32, "."));
const [OLD, NEW] = [key("the old key"), key("the new key")];

/** The settings of each step of docs/deploy.md, in their order. */
const STEPS: readonly Partial<Env & { OTHER_SIGNING_KEY: string }>[] = [
  { SIGNING_KEY: OLD },
  { SIGNING_KEY: OLD, OTHER_SIGNING_KEY: NEW },
  { SIGNING_KEY: NEW, OTHER_SIGNING_KEY: OLD },
];

it("a signing key is replaced step by step under load, and no call and no session is refused", async () => {
  const [start] = STEPS;
  const before = new World(start);
  const sessions: { token: string; refreshToken: string }[] = [];
  for (let n = 0; n < PEOPLE; n++) {
    const body = { handle: `rotating_${n}`, password: PASSWORD };
    const { body: signedIn } = await before.call<SignedIn>("POST", "/v1/accounts", { body });
    sessions.push(signedIn);
  }
  const refused: string[] = [];
  const seed = seedOr(16);
  const chance = new Chance(seed);
  const call = async (one: (typeof sessions)[number], isolates: readonly World[]) => {
    const at = isolates[chance.below(isolates.length)] ?? before;
    const note = (what: string, status: number): void => {
      if (status >= 300) refused.push(`${what} ${status}`);
    };
    const { token, refreshToken } = one;
    const choice = chance.below(3);
    if (choice === 0) {
      const answer = await at.call<Refreshed>("POST", "/v1/sessions/refresh", {
        body: { refreshToken },
      });
      note("refresh", answer.status);
      Object.assign(one, answer.body);
    } else if (choice === 1) {
      note("page", (await at.call("GET", "/v1/timeline?order=latest", { token })).status);
    } else {
      note("ticket", (await at.call<Ticket>("POST", "/v1/live/tickets", { token })).status);
    }
  };
  // While a step is brought everywhere, some isolates have it and others have the one before.
  for (let step = 1; step < STEPS.length; step++) {
    const isolates = [new World(STEPS[step - 1]), new World(STEPS[step])];
    await Promise.all(
      sessions.map(async (one) => {
        for (let n = 0; n < CALLS_EACH; n++) await call(one, isolates);
      }),
    );
  }
  expect(refused, `MODEL_SEED=${seed} repeats this`).toEqual([]);
  // Without the old key its access tokens are refused, and refresh tokens still work.
  const after = new World({ SIGNING_KEY: NEW });
  const [one] = sessions;
  const { body: renewed } = await after.call<Refreshed>("POST", "/v1/sessions/refresh", {
    body: { refreshToken: one?.refreshToken },
  });
  expect((await after.call("GET", "/v1/me", { token: renewed.token })).status).toBe(200);
  const { body: old } = await before.call<Refreshed>("POST", "/v1/sessions/refresh", {
    body: { refreshToken: renewed.refreshToken },
  });
  expect((await after.call("GET", "/v1/me", { token: old.token })).status).toBe(401);
});
