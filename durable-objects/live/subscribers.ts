/**
 * The hubs that hear about a topic: rows of an author feed or a post counter about itself, and of a hub
 * about what it passes on. So an eviction loses nobody. A hub that needs a topic no longer says so in its
 * answer and is removed; nobody has to unsubscribe.
 */
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type { Id } from "../../feed/ids.ts";

/** The table, beside those of the object that has it. */
export const SUBSCRIBERS_SQL = `
  CREATE TABLE subscribers (
    topic TEXT NOT NULL,
    hub TEXT NOT NULL,
    attached INTEGER NOT NULL,
    PRIMARY KEY (topic, hub)
  ) WITHOUT ROWID;`;

/** A hub that hears about a topic; `attached` counts how often it has attached itself. */
export interface Subscriber {
  topic: Id;
  hub: HubName;
  attached: number;
}

export class Subscribers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(topic: Id, hub: HubName): void {
    this.#sql.exec(
      `INSERT INTO subscribers (topic, hub, attached) VALUES (?, ?, 1)
       ON CONFLICT (topic, hub) DO UPDATE SET attached = attached + 1`,
      topic,
      hub,
    );
  }

  of(topic: Id): Subscriber[] {
    return this.#sql
      .exec<Subscriber & Record<string, SqlStorageValue>>(
        "SELECT topic, hub, attached FROM subscribers WHERE topic = ?",
        topic,
      )
      .toArray();
  }

  /** Removes a subscriber, unless it has attached itself again since it was read. */
  remove({ topic, hub, attached }: Subscriber): void {
    this.#sql.exec(
      "DELETE FROM subscribers WHERE topic = ? AND hub = ? AND attached = ?",
      topic,
      hub,
      attached,
    );
  }
}
