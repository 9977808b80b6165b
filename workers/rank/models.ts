/**
 * The ranking model: the one in KV if that is valid, else the one that ships with the Worker. An
 * isolate reads KV again after a few seconds, so that a model can be replaced without a deploy. It
 * refuses and reports an invalid document, and keeps ranking with the last valid model.
 */
import { errorText } from "../../feed/error-text.ts";
import { within } from "../../durable-objects/within.ts";
import { MODEL_CACHE_TTL_S, MODEL_FRESH_MS, MODEL_READ_BUDGET_MS } from "../../feed/limits.ts";
import { DEFAULT_MODEL } from "../../feed/rank/default-model.ts";
import { parseModel } from "../../feed/rank/model-document.ts";
import { compileModel, type Model } from "../../feed/rank/model.ts";

/** KV keys: the model that was put last, and the last model that the API has checked and put. */
const CURRENT_KEY = "current";
const GOOD_KEY = "good";

/** The model that this isolate ranks with. */
export interface ModelStatus {
  name: string;
  from: "kv" | "default";
  /** Why the model in KV was refused; null if it was not. */
  refused: string | null;
}

export class Models {
  readonly #kv: KVNamespace;
  readonly #nowMs: () => number;
  #model: Model = compileModel(DEFAULT_MODEL);
  #status: ModelStatus = { name: DEFAULT_MODEL.name, from: "default", refused: null };
  /** The texts of the last read: current, good. */
  #texts: readonly (string | null)[] = [null, null];
  #readMs = -Infinity;

  constructor(kv: KVNamespace, nowMs: () => number) {
    this.#kv = kv;
    this.#nowMs = nowMs;
  }

  /** The model to rank with now. Never throws: without KV, the isolate keeps the model that it has. */
  async current(): Promise<Model> {
    const nowMs = this.#nowMs();
    if (nowMs - this.#readMs >= MODEL_FRESH_MS) {
      // Requests that come meanwhile use the model that the isolate has.
      this.#readMs = nowMs;
      await this.#refresh();
    }
    return this.#model;
  }

  /** Reads KV, and says which model ranks now. */
  async status(): Promise<ModelStatus> {
    await this.#refresh();
    return this.#status;
  }

  /** Checks a model document and puts it in KV. @returns its name, or why it is refused */
  async put(text: string): Promise<{ ok: true; name: string } | { ok: false; error: string }> {
    const parsed = parseModel(text);
    if (!parsed.ok) return parsed;
    await this.#kv.put(GOOD_KEY, text);
    await this.#kv.put(CURRENT_KEY, text);
    this.#readMs = -Infinity;
    return { ok: true, name: parsed.model.name };
  }

  async #refresh(): Promise<void> {
    try {
      const reading = this.#kv.get([CURRENT_KEY, GOOD_KEY], {
        type: "text",
        cacheTtl: MODEL_CACHE_TTL_S,
      });
      const stored = await within(reading, { milliseconds: MODEL_READ_BUDGET_MS });
      const texts = [stored.get(CURRENT_KEY) ?? null, stored.get(GOOD_KEY) ?? null];
      if (texts.every((text, n) => text === this.#texts[n])) return;
      this.#texts = texts;
      this.#choose(texts);
    } catch (error) {
      console.warn("KV did not return the ranking model", errorText(error));
    }
  }

  /** Uses the first valid text; without any text in KV, the model that ships. */
  #choose([current = null, good = null]: readonly (string | null)[]): void {
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
    // An isolate that has ranked with another model from KV keeps that one.
    const last = this.#status.from === "default" && good !== null ? parseModel(good) : null;
    if (last?.ok === true) this.#use(compileModel(last.model), "kv", parsed.error);
    else this.#status = { ...this.#status, refused: parsed.error };
  }

  #use(model: Model, from: ModelStatus["from"], refused: string | null): void {
    this.#model = model;
    this.#status = { name: model.name, from, refused };
  }
}
