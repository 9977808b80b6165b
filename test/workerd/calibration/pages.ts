/** Counts what pages cost: warm, of pulled authors, below the hot window, and those that rebuild. */
import type { Session, Timeline } from "../../../feed/wire.ts";
import { announced } from "../author-feeds.ts";
import { homeOf } from "../homes.ts";
import type { World } from "../world.ts";
import { people, type Scene } from "./writes.ts";

/** Followees of the readers whose pages read the store. */
const FOLLOWEES = [10, 100];
const PULLED = [1, 20];

const LATEST = "/v1/timeline?order=latest&limit=20";
const RANKED = "/v1/timeline?order=ranked&limit=20";

export async function countPages(scene: Scene): Promise<void> {
  for (const followees of FOLLOWEES) await ofPushed(scene, followees);
  for (const pulled of PULLED) await ofPulled(scene, pulled);
}

async function reader(world: World, authors: Session[]): Promise<Session> {
  const [viewer] = await people(world, 1);
  if (viewer === undefined) throw new Error("no account");
  await world.import(authors.map(({ user }) => ({ follow: [viewer.user.handle, user.handle] })));
  await world.drain();
  return viewer;
}

/** Reads a page and counts it. @returns its cursor */
async function page(
  scene: Scene,
  world: World,
  what: { verb: string; size: number; path: string; viewer: Session },
): Promise<string> {
  let next: string | null = "";
  await scene.count(world, { verb: what.verb, size: what.size }, async () => {
    const { body } = await world.call<Timeline>("GET", what.path, { token: what.viewer.token });
    next = body.next;
  });
  return next ?? "";
}

async function ofPushed(scene: Scene, followees: number): Promise<void> {
  const world = scene.world({ TIMELINE_MAX: "45" });
  const authors = await people(world, followees);
  const viewer = await reader(world, authors);
  for (let n = 0; n < 120; n++) {
    const author = authors[n % authors.length];
    if (author !== undefined) await world.post(author, `number ${n}`);
  }
  await world.drain();
  await world.scroll(viewer);
  await homeOf(viewer.user.id).home.forget();
  const size = followees;
  const below = await page(scene, world, { verb: "rebuild", size, path: LATEST, viewer });
  await page(scene, world, { verb: "page", size, path: LATEST, viewer });
  const ranked = await page(scene, world, { verb: "ranked page", size, path: RANKED, viewer });
  const path = `${RANKED}&cursor=${ranked}`;
  await page(scene, world, { verb: "next ranked page", size, path, viewer });
  let cursor = below;
  // Two pages further is below the window.
  for (let n = 0; n < 2; n++) {
    const { body } = await world.call<Timeline>("GET", `${LATEST}&cursor=${cursor}`, {
      token: viewer.token,
    });
    cursor = body.next ?? "";
  }
  const older = `${LATEST}&cursor=${cursor}`;
  await page(scene, world, { verb: "archive page", size, path: older, viewer });
}

async function ofPulled(scene: Scene, pulled: number): Promise<void> {
  const world = scene.world({ CELEBRITY_THRESHOLD: "1" });
  const authors = await people(world, pulled);
  const viewer = await reader(world, authors);
  for (const author of authors) {
    await world.post(author, "of a celebrity");
    await world.post(author, "of the same");
  }
  await world.drain();
  for (const { user } of authors) await announced(world.env.AUTHOR_FEED.getByName(user.id));
  await world.scroll(viewer);
  // A new isolate, with the caches empty, and then full.
  const fresh = scene.world({ CELEBRITY_THRESHOLD: "1" });
  await page(scene, fresh, {
    verb: "pulled page, new isolate",
    size: pulled,
    path: LATEST,
    viewer,
  });
  await page(scene, fresh, { verb: "pulled page", size: pulled, path: LATEST, viewer });
}
