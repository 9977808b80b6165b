/** Live activity: a post every second or two, until stopped. */
import { setTimeout as sleep } from "node:timers/promises";
import { orThrow } from "../../client/src/errors.ts";
import type { MintedTokens } from "../minted-tokens.ts";
import type { Skein } from "../../client/src/skein-client.ts";
import { chatter } from "./chatter.ts";
import { postOf } from "./fill.ts";
import { randomFrom } from "./random.ts";
import { handleOf, type World } from "./world.ts";

const PAUSE_MIN_MS = 700;
const PAUSE_MAX_MS = 2_000;
/** The server reports a failed post; the next one follows after a pause. */
const PAUSE_AFTER_FAILURE_MS = 5_000;

/** Posts until the signal is aborted. Accounts that a demo account follows write half of the posts. */
export async function trickle(
  { client, world, tokens }: { client: Skein; world: World; tokens: MintedTokens },
  stopped: AbortSignal,
): Promise<void> {
  const random = randomFrom(Date.now());
  const written: (string | null)[] = [];
  for (const { author, text, replyTo } of chatter(world, random)) {
    if (stopped.aborted) return;
    const parent = replyTo === null ? null : (written[replyTo] ?? null);
    const posted = await tokens
      .of(handleOf(world, author))
      .then((token) => client.as(token).createPost(postOf(text, parent)))
      .then(orThrow)
      .catch(() => null);
    written.push(posted?.id ?? null);
    const pauseMs = PAUSE_MIN_MS + random.next() * (PAUSE_MAX_MS - PAUSE_MIN_MS);
    await sleep(posted === null ? PAUSE_AFTER_FAILURE_MS : pauseMs, null, {
      signal: stopped,
    }).catch(() => null);
  }
}
