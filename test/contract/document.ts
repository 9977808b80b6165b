/** The OpenAPI document as the Worker serves it, without starting one. */
import { vi } from "vitest";
import type { OpenApiDocument } from "./check.ts";

interface AppModule {
  createApp: () => {
    request(path: string, init: object, env: object): Response | Promise<Response>;
  };
}

/** @returns the text of the document */
export async function servedDocument(): Promise<string> {
  // Nothing that makes the document waits for anything.
  vi.doMock("cloudflare:workers", () => ({ waitUntil: () => undefined }));
  // A dynamic import, because the types of workerd's globals differ from those of this file.
  const { createApp } = await vi.importActual<AppModule>("../../workers/api/app.ts");
  return (await createApp().request("/openapi.json", {}, {})).text();
}

/** Reads the document of `servedDocument`. */
export function parseDocument(text: string): OpenApiDocument {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- document.test.ts validates it
  return JSON.parse(text) as OpenApiDocument;
}
