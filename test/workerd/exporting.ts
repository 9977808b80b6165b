/** A world whose export goes to a queue of the test. */
import type { Event } from "../../feed/export/events.ts";
import type { Session } from "../../feed/wire.ts";
import { consumeEvents } from "../../workers/export/consumer.ts";
import { World } from "./world.ts";

/** A world that exports to a queue that the test controls, and that may refuse messages. */
export class Exporting {
  readonly sent: Event[] = [];
  refuses = false;
  readonly world: World;

  constructor() {
    const queue: Partial<Queue> = {
      sendBatch: (messages) => {
        if (this.refuses) return Promise.reject(new Error("the queue is down"));
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a queue's messages are of any kind, these are events
        this.sent.push(...[...messages].map(({ body }) => body as Event));
        return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
      },
    };
    this.world = new World({
      EXPORT: "kafka",
      KAFKA_REST_URL: "http://kafka.test",
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all of a queue that is used
      EXPORT_QUEUE: queue as Queue,
      ...{ KAFKA_REST_USERNAME: "skein", KAFKA_REST_PASSWORD: "secret" },
    });
  }

  /** How many events of each type were sent so far. */
  kinds(): string[] {
    return this.sent.map((event) => event.type).sort();
  }

  like(actor: Session, post: string, method = "PUT") {
    return this.world.call(method, `/v1/posts/${post}/like`, { token: actor.token });
  }

  /** Hands messages to the consumer. @returns its answer to each */
  async handOver(bodies: readonly unknown[], more: { ageMs?: number; attempts?: number }) {
    const { ageMs = 0, attempts = 1 } = more;
    const answers: string[] = bodies.map(() => "none");
    await consumeEvents(this.world.deps, {
      queue: "skein-export",
      messages: bodies.map((body, index) => ({
        id: String(index),
        timestamp: new Date(Date.now() - ageMs),
        attempts,
        body,
        ack: () => (answers[index] = "ack"),
        retry: (options) => (answers[index] = `retry in ${options?.delaySeconds} s`),
      })),
    });
    return answers;
  }
}
