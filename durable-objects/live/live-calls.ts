/** How the nodes of a live tree call home timelines and each other. */
import { parentOf } from "../../feed/delivery/live-tree.ts";
import type { LiveCalls } from "./live-node.ts";

export function liveCalls(env: Env): LiveCalls {
  return {
    tellMember: (user, news) => env.HOME_TIMELINE.getByName(user).hear(news),
    tellBranch: (name, news) => env.RELAY.getByName(name).pass(news),
    attach: (name) => {
      const parent = parentOf(name);
      return "outbox" in parent
        ? env.AUTHOR_FEED.getByName(parent.outbox).adopt(name)
        : env.RELAY.getByName(parent.node).adopt(name);
    },
  };
}
