/**
 * Messages that counters send themselves. Counters share their bindings with the tests' isolate, so a
 * method replaced on the queue's binding sees them.
 */
import { env as bindings } from "cloudflare:workers";

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

/** A namespace that records the name of each object that is called. */
export function watchedNames<T extends Rpc.DurableObjectBranded>(
  objects: DurableObjectNamespace<T>,
  note: (name: string) => void,
): DurableObjectNamespace<T> {
  return new Proxy(objects, {
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
