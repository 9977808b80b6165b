import { expect, test } from "vitest";
import { Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import { MintedTokens } from "../minted-tokens.ts";
import { Crowd } from "./crowd.ts";

const LIFE_MS = 15 * 60_000;
const URL_OF_TEST = "https://skein.example";

/** A Skein by a clock of the test, whose tokens are the times at which they expire. */
function skeinAtTime(clock: { nowMs: number }) {
  return async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    await request.text();
    if (pathname === "/v1/admin/import") {
      const counts = { users: 1, follows: 0, posts: 0, likes: 0, reposts: 0 };
      return Response.json({ ...counts, skipped: 0, errors: 0, next: null });
    }
    if (pathname === "/v1/admin/tokens") {
      const expiresMs = clock.nowMs + LIFE_MS;
      const expiresAt = new Date(expiresMs).toISOString();
      return Response.json({ token: String(expiresMs), expiresAt, user: { id: "1" } });
    }
    const expiresMs = Number(request.headers.get("authorization")?.replace("Bearer ", ""));
    if (expiresMs > clock.nowMs) return Response.json({ items: [], next: null });
    return Response.json({ code: "unauthenticated", status: 401 }, { status: 401 });
  };
}

test("a member of a long run is not refused after their first token has expired", async () => {
  const clock = { nowMs: 0 };
  const settings = { url: URL_OF_TEST, fetch: skeinAtTime(clock), attempts: 1 };
  const administration = new SkeinAdministration({ ...settings, token: "secret" });
  const graph = { people: [1], follows: [] };
  const crowd = await Crowd.gather(administration, new Skein(settings), graph, "load");
  await crowd.signIn(new MintedTokens(administration, () => clock.nowMs), crowd.members);
  const [member] = crowd.members;
  for (; clock.nowMs < 8 * LIFE_MS; clock.nowMs += LIFE_MS / 4) {
    expect(await member?.skein.readTimeline().page()).toMatchObject({ ok: true });
  }
});
