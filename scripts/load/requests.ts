/** One operation of a member, as a request; it answers what later operations need. */
import { z } from "zod";
import type { Random } from "../demo/random.ts";
import { apiRequest, jsonOf, type RequestParts } from "../api-request.ts";
import { postSchema, timelineSchema } from "../../feed/wire.ts";
import type { Member } from "./crowd.ts";
import type { Operation } from "./mix.ts";

/** An operation that was not answered with success: the API's code, or `timeout`, or `network`. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** A request without an answer after this long has failed. */
const ANSWER_MAX_MS = 30_000;
/** Posts that pages have shown lately, of which likes and reports pick. */
const RECENT_POSTS = 500;

const codeSchema = z.object({ code: z.string() });
const itemsSchema = timelineSchema.pick({ items: true });

export class Requests {
  readonly #address: string;
  readonly #random: Random;
  readonly #recent: string[] = [];

  constructor(address: string, random: Random) {
    this.#address = address;
    this.#random = random;
  }

  /** Ids of the newest entries of a member's timeline. @throws LoadError */
  async newest(member: Member, limit: number): Promise<string[]> {
    const path = `/v1/timeline?order=latest&limit=${limit}`;
    const { items } = itemsSchema.parse(await this.send("GET", path, { token: member.token }));
    return items.map((item) => item.post.id);
  }

  /** Publishes a post. @returns its id @throws LoadError */
  async post(member: Member, text: string): Promise<string> {
    const answer = await this.send("POST", "/v1/posts", { token: member.token, body: { text } });
    return postSchema.parse(answer).id;
  }

  /** Does any operation but a post. @throws LoadError */
  async run(operation: Exclude<Operation, "post">, member: Member): Promise<void> {
    const { token } = member;
    const random = this.#random;
    const other = member.followees.length === 0 ? member : random.pick(member.followees);
    switch (operation) {
      case "read": {
        const path = `/v1/timeline?order=${random.chance(0.5) ? "ranked" : "latest"}`;
        const { items } = itemsSchema.parse(await this.send("GET", path, { token }));
        this.#recent.push(...items.map((item) => item.post.id));
        this.#recent.splice(0, this.#recent.length - RECENT_POSTS);
        return;
      }
      case "user":
        await this.send("GET", `/v1/users/@${other.handle}/posts`, { token });
        return;
      case "like":
        if (this.#recent.length === 0) return;
        await this.send("PUT", `/v1/posts/${random.pick(this.#recent)}/like`, { token });
        return;
      case "follow":
        // One that exists already: the graph of the run stays as it is.
        if (other === member) return;
        await this.send("PUT", `/v1/users/@${other.handle}/follow`, { token });
        return;
      case "impressions": {
        if (this.#recent.length === 0) return;
        const items = Array.from({ length: 5 }, () => ({
          postId: random.pick(this.#recent),
          dwellMs: random.below(5_000),
        }));
        await this.send("POST", "/v1/timeline/impressions", { token, body: { items } });
      }
    }
  }

  /** Sends a request and reads its answer whole. @throws LoadError */
  async send(method: string, path: string, parts: RequestParts): Promise<unknown> {
    let answer: Response;
    let body: unknown;
    try {
      const signal = AbortSignal.timeout(ANSWER_MAX_MS);
      answer = await fetch(apiRequest(this.#address, method, path, parts), { signal });
      body = await jsonOf(answer);
    } catch (error) {
      const isTimeout = error instanceof Error && error.name === "TimeoutError";
      throw new LoadError(isTimeout ? "timeout" : "network");
    }
    if (answer.ok) return body;
    const problem = codeSchema.safeParse(body);
    // A post that somebody has deleted is no failure of the Skein.
    throw new LoadError(problem.success ? problem.data.code : String(answer.status));
  }
}
