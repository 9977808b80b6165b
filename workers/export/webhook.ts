/**
 * Sends events to a webhook, by the rules of Standard Webhooks: each request has an id, a time and a signature
 * for each secret, so that a receiver knows who sent it and when, and secrets can change without a gap.
 */
import { type Event, ownerOf } from "../../feed/export/events.ts";
import type { WebhookBody } from "../../feed/export/webhook-body.ts";
import { WEBHOOK_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Config } from "../config.ts";
import { type EventLog, EventsRefused, REFUSED } from "./event-log.ts";

/** What a secret begins with. */
const SECRET_PREFIX = "whsec_";

export class Webhook implements EventLog {
  readonly #url: string;
  readonly #secrets: readonly string[];
  #keys: Promise<CryptoKey[]> | null = null;

  constructor(config: Pick<Config, "WEBHOOK_URL" | "WEBHOOK_SECRETS">) {
    this.#url = config.WEBHOOK_URL;
    this.#secrets = config.WEBHOOK_SECRETS;
  }

  /**
   * Sends events in one request, which every status of 2xx accepts. A request that is repeated with the same
   * events has the same id.
   * @throws EventsRefused if the receiver finds fault with the events; any other error may pass
   */
  async write(events: readonly Event[]): Promise<void> {
    const sent = events.map((event) => ({ owner: ownerOf(event), ...event }));
    const timestamp = new Date().toISOString();
    const batch: WebhookBody = { type: "skein.events", timestamp, data: { events: sent } };
    const body = JSON.stringify(batch);
    const id = await idOf(events);
    const seconds = String(Math.floor(Date.now() / 1000));
    const answer = await fetch(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": await this.#signatures(`${id}.${seconds}.${body}`),
      },
      body,
      // A redirected request would go to an address that nobody has set.
      redirect: "manual",
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    });
    await answer.body?.cancel();
    if (answer.ok) return;
    const message = `the webhook answered ${answer.status}`;
    throw REFUSED.has(answer.status) ? new EventsRefused(message) : new Error(message);
  }

  /** A signature for each secret. */
  async #signatures(content: string): Promise<string> {
    this.#keys ??= Promise.all(this.#secrets.map(keyOf));
    const bytes = new TextEncoder().encode(content);
    const signatures = await Promise.all(
      (await this.#keys).map((key) => crypto.subtle.sign("HMAC", key, bytes)),
    );
    return signatures.map((signature) => `v1,${base64(new Uint8Array(signature))}`).join(" ");
  }
}

/** The id of a request: the same for the same events. */
async function idOf(events: readonly Event[]): Promise<string> {
  const ids = new TextEncoder().encode(events.map(({ id }) => id).join(" "));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", ids)).slice(0, 12);
  // It begins with an event's id, and so with a time.
  return `${events[0]?.id ?? ""}-${base64(digest).replaceAll(/[+/=]/g, "_")}`;
}

function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = Uint8Array.from(atob(secret.slice(SECRET_PREFIX.length)), (char) =>
    char.charCodeAt(0),
  );
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
