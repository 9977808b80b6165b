/** Checks answers against the OpenAPI document that the Worker serves. */
import { type Schema, Validator } from "@cfworker/json-schema";

interface Media {
  schema?: Schema;
}

interface Parameter {
  name: string;
  in: string;
  schema?: Schema;
}

/** The parts of an operation that a check needs. */
export interface Operation {
  operationId?: string;
  tags?: string[];
  requestBody?: { content: Record<string, Media> };
  parameters?: Parameter[];
  security?: Record<string, unknown>[];
  responses: Record<string, { content?: Record<string, Media> }>;
}

/** The parts of an OpenAPI document that a check needs. */
export interface OpenApiDocument {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

/** An answer whose body has been read. */
export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed JSON body; null without a body; undefined if it is not JSON. */
  body: unknown;
}

export class Contract {
  readonly #document: OpenApiDocument;
  readonly #validators = new Map<string, Validator>();

  constructor(document: OpenApiDocument) {
    this.#document = withoutExamples(document);
  }

  /**
   * Checks an answer against the documentation of its operation.
   * @throws Error, which names the difference
   */
  check(method: string, url: string, answer: Answer): void {
    const path = new URL(url, "http://skein").pathname;
    const template = this.#templateOf(path);
    const what = `${method} ${path} → ${answer.status}`;
    if (answer.headers.get("x-request-id") === null) throw new Error(`${what}: no x-request-id`);
    if (answer.status === 429 || answer.status === 503) {
      if (answer.headers.get("retry-after") === null) throw new Error(`${what}: no retry-after`);
    }
    const operation = template && this.#document.paths[template]?.[method.toLowerCase()];
    if (!operation) {
      if (answer.status === 404) return;
      throw new Error(`${what}: the operation is not documented`);
    }
    const response = operation.responses[String(answer.status)];
    if (response === undefined) throw new Error(`${what}: the status is not documented`);
    const [type, media] = Object.entries(response.content ?? {})[0] ?? [];
    if (type === undefined || type === "application/x-ndjson") return;
    const sent = answer.headers.get("content-type") ?? "none";
    if (!sent.startsWith(type)) throw new Error(`${what}: content type ${sent}, not ${type}`);
    this.validate(`${template} ${method} ${answer.status}`, media?.schema ?? {}, answer.body, what);
  }

  /** Checks a body. @param key names the schema, for a later check @throws Error, which names the difference */
  validate(key: string, schema: Schema, body: unknown, what = key): void {
    const whole = { ...schema, components: this.#document.components };
    const validator = this.#validators.get(key) ?? new Validator(whole, "2020-12", false);
    this.#validators.set(key, validator);
    const { valid, errors } = validator.validate(body);
    if (valid) return;
    const faults = errors.map((error) => `${error.instanceLocation}: ${error.error}`);
    throw new Error(`${what} does not match its schema: ${faults.join("; ")}`);
  }

  #templateOf(path: string): string | undefined {
    return Object.keys(this.#document.paths).find((template) => {
      const pattern = template.replaceAll(/\{\w+\}/g, "[^/]+");
      return new RegExp(`^${pattern}$`).test(path);
    });
  }
}

/** A copy for the validator, which would read an `id` in an example as that of a schema. */
function withoutExamples(document: OpenApiDocument): OpenApiDocument {
  const text = JSON.stringify(document, (key, value: unknown) =>
    key === "example" ? undefined : value,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing but examples has gone
  return JSON.parse(text) as OpenApiDocument;
}
