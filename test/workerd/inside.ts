/**
 * Messages that counters send themselves. Counters share their bindings with the tests' isolate, so a
 * method replaced on the queue's binding sees them.
 */
import { env as bindings } from "cloudflare:workers";
import type { PostCounter } from "../../durable-objects/post-counter/post-counter.ts";

type Hold = (message: unknown) => void;

const holds = new Map<string, Hold>();
const queue = bindings.COUNTING_0;
const send = queue.send.bind(queue);
queue.send = (message, options) => {
  const hold = holds.get(postOf(message));
  if (hold === undefined) return send(message, options);
  hold(message);
  return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
};

/** Holds the messages of a post's counter instead of queueing them. */
export function holdSendsOf(post: string, hold: Hold): void {
  holds.set(post, hold);
}

/** The counters' namespace, which records the name of each counter that is called. */
export function watchedNames(
  counters: DurableObjectNamespace<PostCounter>,
  note: (name: string) => void,
): DurableObjectNamespace<PostCounter> {
  return new Proxy(counters, {
    get(namespace, verb) {
      const value: unknown = Reflect.get(namespace, verb);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (verb === "getByName") note(String(args[0]));
        return Reflect.apply(value, namespace, args);
      };
    },
  });
}

function postOf(message: unknown): string {
  const isJob = typeof message === "object" && message !== null && "post" in message;
  return isJob ? String(message.post) : "";
}
