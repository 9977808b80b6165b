/** The parts of wrangler.toml that the scripts read. */
import { experimental_readRawConfig } from "wrangler";
import { z } from "zod";

const databaseSchema = z.looseObject({
  binding: z.string(),
  database_name: z.string(),
  database_id: z.string(),
  migrations_dir: z.string().default("migrations"),
});
export type Database = z.infer<typeof databaseSchema>;

const configSchema = z.looseObject({
  name: z.string(),
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.unknown()).default({}),
  dev: z.looseObject({ port: z.int().optional() }).default({}),
  d1_databases: z.array(databaseSchema).default([]),
  kv_namespaces: z.array(z.looseObject({ binding: z.string(), id: z.string() })).default([]),
  r2_buckets: z.array(z.looseObject({ binding: z.string(), bucket_name: z.string() })).default([]),
  queues: z
    .looseObject({
      producers: z.array(z.looseObject({ queue: z.string() })).default([]),
      consumers: z
        .array(z.looseObject({ queue: z.string(), dead_letter_queue: z.string().optional() }))
        .default([]),
    })
    .prefault({}),
});

/** A wrangler configuration; fields that are not named here are kept unchanged. */
export type WranglerConfig = z.infer<typeof configSchema>;

/** Reads a configuration file. @throws if it is invalid, or lacks a field that every Skein has */
export function readWranglerConfig(path: string): WranglerConfig {
  // This function has no types, because wrangler bundles its package without them.
  // oxlint-disable-next-line typescript/no-unsafe-assignment, typescript/no-unsafe-call -- untyped
  const read: { rawConfig: unknown } = experimental_readRawConfig({ config: path });
  return configSchema.parse(read.rawConfig);
}

/** All queues of a configuration, dead-letter queues included, each once. */
export function queueNames({ queues }: WranglerConfig): string[] {
  const consumed = queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) =>
    dead === undefined ? [queue] : [queue, dead],
  );
  return [...new Set([...queues.producers.map(({ queue }) => queue), ...consumed])];
}
