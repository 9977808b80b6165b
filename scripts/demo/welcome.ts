/** What the demo prints at its end: where to look, and what to try. */
import { DEMO_PEOPLE, handleOf, type World } from "./world.ts";

/** @param dataFolder the folder that has the world, as a person would type it */
export function welcome({
  address,
  adminToken,
  dataFolder,
  world,
}: {
  address: string;
  adminToken: string;
  dataFolder: string;
  world: World;
}): string {
  const people = DEMO_PEOPLE.map(
    ({ handle, name, password }) => `  ${handle.padEnd(8)}${password.padEnd(18)}${name}`,
  );
  const stars = world.stars.map((star) => `@${handleOf(world, star)}`).join(" and ");
  return `
Skein is at ${address} (Ctrl-C stops it)

  the page         ${address}
  its figures      ${address}/ops    ADMIN_TOKEN: ${adminToken}
  the API          ${address}/docs

Sign in as one of these. Nothing is done in their names but what you do:

  ${"handle".padEnd(8)}password
${people.join("\n")}

Try this:
  · Sign in, and wait at the top: ${stars} are read when a page is made
    (${world.threshold} followers or more); everybody else's posts are sent to their followers.
  · Watch the counts below a post: ${world.players.length} readers are online and like what they see.
  · Post something, and watch it travel on ${address}/ops.
  · Sign in as somebody else in a private window, and follow, answer or mute each other.
  · Move the sliders of “For you”, ask a post why it is there, and press ? for the keys.

To begin anew, stop the demo, delete ${dataFolder}, and start it again.
`;
}
