/** How the nodes of an audience call home timelines and each other. */
import type { AudienceCalls } from "./audience.ts";

export function audienceCalls(env: Env): AudienceCalls {
  return {
    sendToMember: (user, frames) => env.HOME_TIMELINE.getByName(user).showFrames(frames),
    sendToChild: (name, frames) => env.RELAY.getByName(name).forwardFrames(frames),
    joinChild: (name, user) => env.RELAY.getByName(name).joinAudience(user),
  };
}
