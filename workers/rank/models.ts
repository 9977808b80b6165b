/**
 * The model that ranks: the one in KV if there is a good one, else the one that ships. It is looked up
 * again after a few seconds, so that it can be replaced without a deploy; a bad document is
 * refused and reported, and whatever was good before ranks on.
 */
import pTimeout from "p-timeout";
import { MODEL_CACHE_TTL_S, MODEL_FRESH_MS, MODEL_READ_BUDGET_MS } from "../../feed/limits.ts";
import { DEFAULT_MODEL } from "../../feed/rank/default-model.ts";
import { parseModel } from "../../feed/rank/model-document.ts";
import { compileModel, type Model } from "../../feed/rank/model.ts";

/** Where KV has the model that was put there last, and the last one that was put by the API. */
const CURRENT_KEY = "current";
const GOOD_KEY = "good";

/** What ranks in this isolate, and why not what is in KV, if so. */
export interface ModelStatus {
  name: string;
  from: "kv" | "default";
  refused: string | null;
}

export class Models {
  readonly #kv: KVNamespace;
  readonly #nowMs: () => number;
  #model: Model = compileModel(DEFAULT_MODEL);
  #status: ModelStatus = { name: DEFAULT_MODEL.name, from: "default", refused: null };
  /** The texts that were looked at last. */
  #known: readonly (string | null)[] = [null, null];
  #askedMs = -Infinity;

  constructor(kv: KVNamespace, nowMs: () => number) {
    this.#kv = kv;
    this.#nowMs = nowMs;
  }

  /** The model to rank with now. Never throws: without KV, what was known ranks on. */
  async current(): Promise<Model> {
    const nowMs = this.#nowMs();
    if (nowMs - this.#askedMs >= MODEL_FRESH_MS) {
      // Requests that come meanwhile go on with what is known.
      this.#askedMs = nowMs;
      await this.#refresh();
    }
    return this.#model;
  }

  /** What ranks here, as KV says now. */
  async status(): Promise<ModelStatus> {
    await this.#refresh();
    return this.#status;
  }

  /** Puts a model in KV. @returns its name, or why it is refused */
  async put(text: string): Promise<{ ok: true; name: string } | { ok: false; error: string }> {
    const parsed = parseModel(text);
    if (!parsed.ok) return parsed;
    await this.#kv.put(GOOD_KEY, text);
    await this.#kv.put(CURRENT_KEY, text);
    this.#askedMs = -Infinity;
    return { ok: true, name: parsed.model.name };
  }

  async #refresh(): Promise<void> {
    try {
      const reading = this.#kv.get([CURRENT_KEY, GOOD_KEY], {
        type: "text",
        cacheTtl: MODEL_CACHE_TTL_S,
      });
      const stored = await pTimeout(reading, { milliseconds: MODEL_READ_BUDGET_MS });
      const texts = [stored.get(CURRENT_KEY) ?? null, stored.get(GOOD_KEY) ?? null];
      if (texts.every((text, n) => text === this.#known[n])) return;
      this.#known = texts;
      this.#take(texts);
    } catch (error) {
      console.warn("the ranking model could not be read", String(error));
    }
  }

  /** Takes the first good one of some texts; nothing at all in KV means the one that ships. */
  #take([current = null, good = null]: readonly (string | null)[]): void {
    if (current === null) {
      this.#use(compileModel(DEFAULT_MODEL), "default", null);
      return;
    }
    const parsed = parseModel(current);
    if (parsed.ok) {
      this.#use(compileModel(parsed.model), "kv", null);
      return;
    }
    console.error("a ranking model was refused", { error: parsed.error });
    // An isolate that has ranked with another one goes on with that.
    const last = this.#status.from === "default" && good !== null ? parseModel(good) : null;
    if (last?.ok === true) this.#use(compileModel(last.model), "kv", parsed.error);
    else this.#status = { ...this.#status, refused: parsed.error };
  }

  #use(model: Model, from: ModelStatus["from"], refused: string | null): void {
    this.#model = model;
    this.#status = { name: model.name, from, refused };
  }
}
