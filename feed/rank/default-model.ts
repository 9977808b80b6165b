/**
 * The model that ranks until an operator replaces it. It was trained on the simulator, not on people;
 * docs/ranking.md says how to train one on your own log.
 */
import text from "./default-model.json" with { type: "json" };
import { type ModelDocument, modelDocumentSchema } from "./model-document.ts";

/** The document of the model. @throws if it is invalid; a test checks that it is valid */
export const DEFAULT_MODEL: ModelDocument = modelDocumentSchema.parse(text);
