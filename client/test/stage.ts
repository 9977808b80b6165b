/** The means of the conformance run, which are the platform's own. */
import type * as ClientModule from "../src/skein-client.ts";
import type { LiveEvent, Session, Skein, SkeinAdministration } from "../src/skein-client.ts";

/** The module as it was built, and the Skein it is tried on. */
export interface Subject {
  client: typeof ClientModule;
  url: string;
  adminToken: string;
}

/** Makes clients of one Skein. */
export class Stage {
  readonly client: typeof ClientModule;
  readonly url: string;
  readonly administration: SkeinAdministration;

  constructor({ client, url, adminToken }: Subject) {
    this.client = client;
    this.url = url;
    this.administration = new client.SkeinAdministration({ url, token: adminToken });
  }

  /** A client without a token. */
  nobody(): Skein {
    return new this.client.Skein({ url: this.url });
  }

  /** Makes accounts without hashing passwords. */
  async people(count: number): Promise<{ session: Session; skein: Skein }[]> {
    const handles = Array.from({ length: count }, newHandle);
    await this.import(handles.map((handle) => ({ user: { handle } })));
    const sessions = await Promise.all(
      handles.map(async (handle) => this.value(this.administration.mintToken(handle))),
    );
    return sessions.map((session) => ({ session, skein: this.nobody().as(session.token) }));
  }

  async import(lines: Parameters<SkeinAdministration["importLines"]>[0]): Promise<void> {
    await this.value(this.administration.importLines(lines));
  }

  async value<T>(result: Promise<ClientModule.Result<T>>): Promise<T> {
    return this.client.orThrow(await result);
  }

  /** A transport that counts its requests and answers some of them itself. */
  transport(answer: (request: Request, n: number) => Response | null) {
    let requests = 0;
    const send = (request: Request): Promise<Response> => {
      const own = answer(request, ++requests);
      return own === null ? fetch(request) : Promise.resolve(own);
    };
    return { send, count: () => requests };
  }
}

/** Collects the events of a socket. */
export class Events {
  readonly all: LiveEvent[] = [];

  readonly listen = (event: LiveEvent): void => {
    this.all.push(event);
  };

  /** Waits for an event of a type, past the first `after` events. */
  async next<T extends LiveEvent["type"]>(
    type: T,
    isIt: (event: Extract<LiveEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<LiveEvent, { type: T }>> {
    const found = (): Extract<LiveEvent, { type: T }> | undefined =>
      this.all.find((event): event is Extract<LiveEvent, { type: T }> => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type was compared
        return event.type === type && isIt(event as Extract<LiveEvent, { type: T }>);
      });
    for (let waitedMs = 0; waitedMs < EVENT_MAX_MS; waitedMs += POLL_MS) {
      const event = found();
      if (event !== undefined) return event;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`no such ${type} among ${JSON.stringify(this.all)}`);
  }
}

/** An event that has not come after this long will not. */
const EVENT_MAX_MS = 30_000;
const POLL_MS = 20;

export function newHandle(): string {
  return `c_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
}

/** Everything that an iterator gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

/** @throws Error that shows both if they differ */
export function same(actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${is} is not ${should}`);
}

/** The error of a result, in short. */
export function refusal(result: ClientModule.Result<unknown>): unknown {
  return result.ok ? "a value" : result.error.code;
}
