/**
 * The model that ranks until another one is put in its place. It was learned from the simulator, not
 * from people: see docs/ranking.md, which says how to learn one from a log of one's own.
 */
import text from "./default-model.json" with { type: "json" };
import { type ModelDocument, modelDocumentSchema } from "./model-document.ts";

/** @throws if the file in this repository is no model; a test holds that it is one */
export const DEFAULT_MODEL: ModelDocument = modelDocumentSchema.parse(text);
