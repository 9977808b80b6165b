/** What isolates and objects hold in memory, beside the memory that they have. */
import {
  FRESHNESS_VIEW_MAX_AUTHORS,
  ISOLATE_COUNTS_MAX,
  ISOLATE_HEADS_MAX,
  ISOLATE_PAGES_MAX,
} from "../../../feed/limits.ts";
import type { Inputs } from "../inputs.ts";
import type { Component } from "./component.ts";
import { hubLoad } from "./hubs.ts";
import type { Rates, Setup } from "./rates.ts";

/** Bytes of an author in an isolate's view: an id of 16 characters and three numbers. */
const VIEWED_AUTHOR_BYTES = 100;
/** Bytes of a cached newest page of an author, and of cached counts: feed/limits.ts. */
const CACHED_PAGE_BYTES = 12_000;
const CACHED_COUNTS_BYTES = 200;

/** What isolates and objects hold in memory, of the memory that they have. */
export function memories(inputs: Inputs, setup: Setup, rates: Rates): Component[] {
  const capacity = inputs.platform.limit("isolateBytes");
  const memory = (name: string, file: string, load: number): Component => ({
    name,
    file,
    load,
    capacity,
    unit: "bytes of memory",
  });
  return [
    memory(
      "memory of a hub",
      "durable-objects/hub/members.ts",
      hubLoad(inputs, setup, rates).bytes,
    ),
    memory(
      "memory of an isolate's caches",
      "workers/pull/page-cache.ts",
      (ISOLATE_HEADS_MAX + ISOLATE_PAGES_MAX) * CACHED_PAGE_BYTES +
        ISOLATE_COUNTS_MAX * CACHED_COUNTS_BYTES +
        FRESHNESS_VIEW_MAX_AUTHORS * VIEWED_AUTHOR_BYTES,
    ),
  ];
}
