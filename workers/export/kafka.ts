/**
 * Writes events to Kafka, over the REST protocol of Upstash's Kafka. The service is gone, but its
 * client works with any endpoint that has the same protocol, such as `npm run kafka-bridge`.
 */
import { Kafka, UpstashError } from "@upstash/kafka";
import { within } from "../../durable-objects/within.ts";
import { type Event, ownerOf } from "../../feed/export/events.ts";
import { KAFKA_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Config } from "../config.ts";
import { type EventLog, EventsRefused, REFUSED } from "./event-log.ts";

/** The Kafka topic that events are written to. */
export class KafkaTopic implements EventLog {
  readonly #producer: ReturnType<Kafka["producer"]>;
  readonly #topic: string;

  constructor(config: Config) {
    const { KAFKA_REST_URL: url, KAFKA_REST_USERNAME: username } = config;
    const kafka = new Kafka({ url, username, password: config.KAFKA_REST_PASSWORD });
    this.#producer = kafka.producer();
    this.#topic = config.KAFKA_TOPIC;
  }

  /**
   * Writes events. Those of one owner keep their order. When this throws, some of the events may be
   * written. The client tries six times, for about 16 seconds.
   * @throws EventsRefused if another attempt cannot succeed; any other error may pass
   */
  async write(events: readonly Event[]): Promise<void> {
    const records = events.map((event) => ({
      topic: this.#topic,
      key: ownerOf(event),
      value: JSON.stringify(event),
    }));
    try {
      await within(this.#producer.produceMany(records), { milliseconds: KAFKA_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof UpstashError) || !REFUSED.has(error.status)) throw error;
      throw new EventsRefused(error.message, { cause: error });
    }
  }
}
