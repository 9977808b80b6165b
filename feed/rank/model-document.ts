/**
 * Model documents: versioned JSON that is validated before use. An invalid document is refused with a
 * reason, and never ranks a page.
 */
import { z } from "zod";
import { MODEL_MAX_BYTES, MODEL_MAX_HIDDEN_UNITS } from "../limits.ts";
import { FEATURES } from "./features.ts";
import { HEADS } from "./heads.ts";

/** The version of documents that this code reads and writes. */
export const MODEL_VERSION = 1;

/** The largest weight; training gives smaller ones, and sums of such products stay finite. */
const WEIGHT_MAX = 1e6;

const weightSchema = z.number().min(-WEIGHT_MAX).max(WEIGHT_MAX);
const manySchema = z.array(weightSchema).max(MODEL_MAX_HIDDEN_UNITS * FEATURES.length);
const worthSchema = z.number().min(-1000).max(1000);

/** How a model was trained; for people, no code uses it. */
const trainingSchema = z.strictObject({
  /** The source of the log: the simulator for the model that ships. */
  source: z.string().max(200),
  pages: z.int().min(0),
  examples: z.int().min(0),
  viewers: z.int().min(0),
  seed: z.int(),
  epochs: z.int().min(0),
  /** Mean log loss per head on held-out viewers; null without any. */
  heldOutLogLoss: z.number().nullable(),
  /** The effect of position n on each head's logit, per ln(1 + n). Serving does not use it. */
  positionEffect: z.array(weightSchema).length(HEADS.length),
});

/**
 * One hidden layer of rectified units over standardised features, and one logistic output per head:
 * p = σ(b2 + W2 · max(0, b1 + W1 · (x - mean) / scale)). Matrices are flat, row by row.
 */
export const modelDocumentSchema = z
  .strictObject({
    version: z.literal(MODEL_VERSION),
    /** The model's name, for logs. */
    name: z.string().min(1).max(100),
    features: z.array(z.string().max(100)).max(1000),
    heads: z.array(z.string().max(100)).max(100),
    hidden: z.int().min(1).max(MODEL_MAX_HIDDEN_UNITS),
    mean: manySchema,
    scale: z.array(z.number().min(1e-6).max(WEIGHT_MAX)).max(1000),
    /** features × hidden */
    w1: manySchema,
    b1: manySchema,
    /** hidden × heads */
    w2: manySchema,
    b2: manySchema,
    /** The weight of each head's action. */
    weights: z.strictObject({
      like: worthSchema,
      repost: worthSchema,
      reply: worthSchema,
      open: worthSchema,
      dwell: worthSchema,
      hide: worthSchema,
    }),
    training: trainingSchema,
  })
  .check((context) => {
    const document = context.value;
    const wrong =
      wrongList(
        "features",
        document.features,
        FEATURES.map(({ name }) => name),
      ) ??
      wrongList("heads", document.heads, HEADS) ??
      wrongShape(document);
    if (wrong !== null) {
      context.issues.push({ code: "custom", message: wrong, input: document, path: [] });
    }
  });
export type ModelDocument = z.infer<typeof modelDocumentSchema>;

const versionedSchema = z.object({ version: z.unknown() });

/** A model, or the error of its document. */
export type ParsedModel = { ok: true; model: ModelDocument } | { ok: false; error: string };

/** Parses a document. It never throws: an invalid one gives a sentence that names the fault. */
export function parseModel(text: string): ParsedModel {
  if (text.length > MODEL_MAX_BYTES) {
    return refused(`it has ${text.length} characters, and at most ${MODEL_MAX_BYTES} are read`);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return refused(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const version = versionedSchema.safeParse(document).data?.version;
  if (version !== MODEL_VERSION) {
    return refused(
      `its version is ${JSON.stringify(version)}, and this code reads ${MODEL_VERSION}`,
    );
  }
  const parsed = modelDocumentSchema.safeParse(document);
  if (parsed.success) return { ok: true, model: parsed.data };
  const [issue] = parsed.error.issues;
  const place = issue === undefined ? "" : z.core.toDotPath(issue.path);
  return refused(`${place === "" ? "" : `${place}: `}${issue?.message ?? "it does not fit"}`);
}

function refused(error: string): ParsedModel {
  return { ok: false, error: `the model was refused: ${error}` };
}

function wrongList(
  what: string,
  found: readonly string[],
  wanted: readonly string[],
): string | null {
  const at = wanted.findIndex((name, n) => found[n] !== name);
  if (at < 0 && found.length === wanted.length) return null;
  const place = at < 0 ? wanted.length : at;
  const named = (name: string | undefined) => (name === undefined ? "nothing" : `"${name}"`);
  return (
    `${what}[${place}] is ${named(found[place])}, and this code computes ` +
    `${named(wanted[place])}: train the model again with this code`
  );
}

function wrongShape(document: {
  hidden: number;
  mean: number[];
  scale: number[];
  w1: number[];
  b1: number[];
  w2: number[];
  b2: number[];
}): string | null {
  const wanted = {
    mean: FEATURES.length,
    scale: FEATURES.length,
    w1: FEATURES.length * document.hidden,
    b1: document.hidden,
    w2: document.hidden * HEADS.length,
    b2: HEADS.length,
  };
  for (const name of ["mean", "scale", "w1", "b1", "w2", "b2"] as const) {
    const found = document[name].length;
    if (found !== wanted[name]) return `${name} has ${found} numbers and not ${wanted[name]}`;
  }
  return null;
}
