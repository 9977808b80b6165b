/** What isolates and objects hold in memory, beside the memory that they have. */
import {
  FRESHNESS_KEPT_MS,
  FRESHNESS_VIEW_MAX_AUTHORS,
  ISOLATE_COUNTS_MAX,
  ISOLATE_HEADS_MAX,
  ISOLATE_PAGES_MAX,
} from "../../../feed/limits.ts";
import type { Inputs } from "../inputs.ts";
import type { Component } from "./component.ts";
import type { Rates } from "./rates.ts";

/** Bytes of a change in a log's list and map, and of an author in a view: an id of 16 characters each. */
const LOGGED_CHANGE_BYTES = 160;
const VIEWED_AUTHOR_BYTES = 100;
/** Bytes of a cached newest page of an author, and of cached counts: feed/limits.ts. */
const CACHED_PAGE_BYTES = 12_000;
const CACHED_COUNTS_BYTES = 200;

/** What isolates and objects hold in memory, of the memory that they have. */
export function memories(inputs: Inputs, rates: Rates): Component[] {
  const capacity = inputs.platform.limit("isolateBytes");
  const memory = (name: string, file: string, load: number): Component => ({
    name,
    file,
    load,
    capacity,
    unit: "bytes of memory",
  });
  const changes = (rates["pulled post"] * FRESHNESS_KEPT_MS) / 1_000;
  const viewed = Math.min(changes, FRESHNESS_VIEW_MAX_AUTHORS);
  return [
    memory(
      "memory of a region's freshness log",
      "durable-objects/freshness-log/freshness-log.ts",
      changes * LOGGED_CHANGE_BYTES,
    ),
    memory(
      "memory of an isolate's caches",
      "workers/pull/page-cache.ts",
      (ISOLATE_HEADS_MAX + ISOLATE_PAGES_MAX) * CACHED_PAGE_BYTES +
        ISOLATE_COUNTS_MAX * CACHED_COUNTS_BYTES +
        viewed * VIEWED_AUTHOR_BYTES,
    ),
  ];
}
