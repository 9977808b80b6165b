/**
 * Writing events to Kafka, over the REST protocol that Upstash's Kafka had. The client outlived the
 * service: it speaks to any endpoint with that protocol, such as `npm run kafka-bridge`.
 */
import { Kafka, UpstashError } from "@upstash/kafka";
import pTimeout from "p-timeout";
import { type Event, ownerOf } from "../../feed/export/events.ts";
import { KAFKA_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Config } from "../config.ts";

/** Answers that the same records will get again. */
const REFUSED = new Set([400, 413, 422]);

/** The endpoint does not take these records, now or later; others it may. */
export class EventsRefused extends Error {
  override readonly name = "EventsRefused";
}

export class EventLog {
  readonly #producer: ReturnType<Kafka["producer"]>;
  readonly #topic: string;

  constructor(config: Config) {
    const { KAFKA_REST_URL: url, KAFKA_REST_USERNAME: username } = config;
    const kafka = new Kafka({ url, username, password: config.KAFKA_REST_PASSWORD });
    this.#producer = kafka.producer();
    this.#topic = config.KAFKA_TOPIC;
  }

  /**
   * Writes events in their order; those of one owner stay in it. What is written when this throws
   * is not known. The client tries six times, for about 16 seconds.
   * @throws EventsRefused if another try is in vain
   */
  async write(events: readonly Event[]): Promise<void> {
    const records = events.map((event) => ({
      topic: this.#topic,
      key: ownerOf(event),
      value: JSON.stringify(event),
    }));
    try {
      await pTimeout(this.#producer.produceMany(records), { milliseconds: KAFKA_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof UpstashError) || !REFUSED.has(error.status)) throw error;
      throw new EventsRefused(error.message, { cause: error });
    }
  }
}
