/** How the nodes of an audience call home timelines and each other. */
import type { AudienceCalls } from "./audience.ts";

export function audienceCalls(env: Env): AudienceCalls {
  return {
    tellMember: (user, frames) => env.HOME_TIMELINE.getByName(user).show(frames),
    tellChild: (name, frames) => env.RELAY.getByName(name).tell(frames),
    joinChild: (name, user) => env.RELAY.getByName(name).join(user),
  };
}
