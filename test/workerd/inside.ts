/**
 * What counters send from inside. They share their bindings with the tests' isolate, so a method put
 * on the queue's binding sees it.
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

/** Has what the counter of a post sends held, instead of queued. */
export function holdSendsOf(post: string, hold: Hold): void {
  holds.set(post, hold);
}

/** Counters, with a note of the name of each that is asked for. */
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
