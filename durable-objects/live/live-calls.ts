/** How the nodes of a live tree call home timelines and each other. */
import { parentOf } from "../../feed/delivery/live-tree.ts";
import type { LiveCalls } from "./live-node.ts";

export function liveCalls(env: Env): LiveCalls {
  return {
    sendToMember: (user, news) => env.HOME_TIMELINE.getByName(user).receiveLiveNews(news),
    sendToBranch: (name, news) => env.RELAY.getByName(name).forwardNews(news),
    attachToParent: (name) => {
      const parent = parentOf(name);
      return "root" in parent
        ? env.AUTHOR_FEED.getByName(parent.root).attachNode(name)
        : env.RELAY.getByName(parent.node).attachNode(name);
    },
  };
}
