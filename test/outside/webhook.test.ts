/**
 * The export to a webhook: the built Worker and its queues, and a receiver that checks signatures with the
 * library of Standard Webhooks, fails, is slow, and forgets that it has answered.
 */
import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Event, eventSchema, ownerOf } from "../../feed/export/events.ts";
import { webhookBodySchema } from "../../feed/export/webhook-body.ts";
import { orThrow, Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import { type Server, startServer } from "./server.ts";

const TEST_TIMEOUT_MS = 180_000;
const ARRIVE_WITHIN = { timeout: 120_000, interval: 500 };
const OLD_SECRET = `whsec_${btoa("the secret that was there before")}`;
const NEW_SECRET = `whsec_${btoa("the secret that comes after that")}`;
/** How the receiver treats its first requests, one after the other. */
const TROUBLE = ["error", "slow", "hang up", "taken, but the answer is lost"] as const;

/** A receiver that keeps the events that it has taken, by their ids. */
class Receiver {
  readonly events = new Map<string, Event>();
  readonly owners = new Map<string, string>();
  requests = 0;
  repeated = 0;
  readonly faults: string[] = [];
  readonly #server: HttpServer;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#take(request).then((verdict) => {
        if (verdict === null) request.socket.destroy();
        else response.writeHead(verdict).end();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    return `http://127.0.0.1:${address.port}/hook`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @returns the status to answer; null to hang up */
  async #take(request: IncomingMessage): Promise<number | null> {
    const trouble = TROUBLE[this.requests++];
    const text = Buffer.concat(await request.toArray()).toString();
    try {
      this.#check(request, text);
    } catch (error) {
      this.faults.push(String(error));
      return 400;
    }
    if (trouble === "error") return 503;
    if (trouble === "slow") await new Promise((resolve) => setTimeout(resolve, 3_000));
    if (trouble === "hang up") return null;
    for (const { owner, ...event } of webhookBodySchema.parse(JSON.parse(text)).data.events) {
      const parsed = eventSchema.parse(event);
      const before = this.events.get(parsed.id);
      if (before !== undefined) this.repeated++;
      if (before !== undefined && !isDeepStrictEqual(before, parsed)) {
        this.faults.push(`two events have the id ${parsed.id}`);
      }
      this.events.set(parsed.id, parsed);
      this.owners.set(event.id, owner);
    }
    return trouble === "taken, but the answer is lost" ? null : 204;
  }

  /** Checks a request with each secret, as receivers of before and after a change of secrets do. */
  #check({ headers }: IncomingMessage, text: string): void {
    const given = Object.fromEntries(
      ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [
        name,
        String(headers[name]),
      ]),
    );
    for (const secret of [OLD_SECRET, NEW_SECRET]) new Webhook(secret).verify(text, given);
    let forged = true;
    try {
      new Webhook(`whsec_${btoa("some other secret of somebody els")}`).verify(text, given);
    } catch {
      forged = false;
    }
    if (forged) throw new Error("a signature that fits every secret");
  }
}

const receiver = new Receiver();
let server: Server;
beforeAll(async () => {
  server = await startServer({
    EXPORT: "webhook",
    WEBHOOK_URL: await receiver.listen(),
    WEBHOOK_SECRETS: `${NEW_SECRET} ${OLD_SECRET}`,
  });
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  receiver.close();
  await server.close();
});

it(
  "every event reaches a webhook that fails, is slow and loses answers, signed and with its owner",
  async () => {
    const settings = { url: server.url, fetch: server.send };
    const administration = new SkeinAdministration({ ...settings, token: server.adminToken });
    await server.importLines(["ada", "bob"].map((handle) => ({ user: { handle } })));
    const [ada, bob] = await Promise.all(
      ["ada", "bob"].map(async (handle) => {
        const { token, user } = orThrow(await administration.mintToken(handle));
        return { user, skein: new Skein({ ...settings, token }) };
      }),
    );
    if (ada === undefined || bob === undefined) throw new Error("two were made");
    orThrow(await bob.skein.followUser("@ada"));
    const wanted = new Set<string>();
    for (let n = 0; n < 12; n++) {
      const { id } = orThrow(await ada.skein.createPost({ text: `number ${n}` }));
      wanted.add(`post ${ada.user.id} ${id}`);
      orThrow(await bob.skein.likePost(id));
      wanted.add(`reaction ${bob.user.id} ${id}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    wanted.add(`edge ${bob.user.id} ${ada.user.id}`);
    await vi.waitFor(() => {
      const had = new Set([...receiver.events.values()].map(contentOf));
      expect([...wanted].filter((one) => !had.has(one))).toEqual([]);
      expect(receiver.requests).toBeGreaterThan(TROUBLE.length);
      // The batch whose answer was lost comes again after a pause, when all events may have arrived.
      expect(receiver.repeated).toBeGreaterThan(0);
    }, ARRIVE_WITHIN);
    expect(receiver.faults).toEqual([]);
    for (const event of receiver.events.values()) {
      expect(receiver.owners.get(event.id)).toBe(ownerOf(event));
    }
    const times = [...receiver.events.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  },
  TEST_TIMEOUT_MS,
);

function contentOf(event: Event): string {
  if (event.type === "post") return `post ${event.author} ${event.post}`;
  if (event.type === "reaction") return `reaction ${event.actor} ${event.post}`;
  if (event.type === "edge") return `edge ${event.follower} ${event.followee}`;
  return event.type;
}
