/** The resources that wrangler.toml needs in an account, and how each is created. */
import { TRAINING_KEPT_MS } from "../../feed/limits.ts";
import { SECRET_MAKERS } from "../secrets.ts";
import { queueNames, type WranglerConfig } from "../wrangler-config.ts";
import type { CloudflareResources } from "./cloudflare-resources.ts";

export interface Resource {
  /** "D1 database skein-0", for people. */
  title: string;
  /** wrangler's arguments that create it; null for a secret, which is deployed with the Worker. */
  create: readonly string[] | null;
  /** The command that creates it by hand. */
  byHand: string;
}

/** Ids of wrangler.toml for local use, which a deploy replaces with the account's own. */
const PLACEHOLDER = /^0{8}/;

/** First names of renamed bindings: a namespace keeps its first title, and so its keys. */
const FIRST_NAMES: Readonly<Record<string, string>> = { AUTHOR_FEED_PAGES: "OUTBOXES" };

/** The title of a binding's namespace, the same as wrangler's default. */
function namespaceTitle(config: WranglerConfig, binding: string): string {
  const name = FIRST_NAMES[binding] ?? binding;
  return `${config.name}-${name.toLowerCase().replaceAll("_", "-")}`;
}

/** The missing resources, in the order to create them. */
export function missingResources(config: WranglerConfig, account: CloudflareResources): Resource[] {
  const databases = config.d1_databases
    .filter(({ database_id: id }) => PLACEHOLDER.test(id))
    .map(({ database_name: name }) => name)
    .filter((name) => !account.databases.has(name));
  const namespaces = config.kv_namespaces
    .filter(({ id }) => PLACEHOLDER.test(id))
    .map(({ binding }) => namespaceTitle(config, binding))
    .filter((title) => !account.namespaces.has(title));
  const queues = queueNames(config).filter((name) => !account.queues.has(name));
  const bucket = trainingBucket(config, account);
  const buckets = bucket === null || account.buckets?.has(bucket) === true ? [] : [bucket];
  return [
    ...databases.map((name) => made(`D1 database ${name}`, ["d1", "create", name])),
    ...namespaces.map((name) => made(`KV namespace ${name}`, ["kv", "namespace", "create", name])),
    ...queues.map((name) => made(`queue ${name}`, ["queues", "create", name])),
    ...buckets.map((name) => made(`R2 bucket ${name}`, ["r2", "bucket", "create", name])),
    ...missingSecrets(account).map((name) => ({
      title: `secret ${name}`,
      create: null,
      byHand: `npx wrangler secret put ${name}`,
    })),
  ];
}

/** The binding of the training log's own database, and that of the bucket which replaces it. */
const TRAINING_DATABASE = "TRAINING_DB";
const TRAINING_BUCKET = "TRAINING_BUCKET";

/** The bucket of the training log, if the account can have one; null if the log is in D1. */
export function trainingBucket(
  config: WranglerConfig,
  { buckets }: Pick<CloudflareResources, "buckets">,
): string | null {
  const log = config.d1_databases.find(({ binding }) => binding === TRAINING_DATABASE);
  return buckets === null ? null : (log?.database_name ?? null);
}

/**
 * Rules that delete what is in the training log's bucket, for `wrangler r2 bucket lifecycle set`. A name is
 * stored again with its viewer's next pages, so names stay longer than lines.
 */
export function lifecycleRules(): unknown {
  const rule = (folder: string, maxAgeMs: number) => ({
    id: `expire-${folder}`,
    enabled: true,
    conditions: { prefix: `${folder}/` },
    deleteObjectsTransition: { condition: { type: "Age", maxAge: maxAgeMs / 1_000 } },
  });
  return {
    rules: [
      rule("pages", TRAINING_KEPT_MS),
      rule("reports", TRAINING_KEPT_MS),
      rule("viewers", 2 * TRAINING_KEPT_MS),
    ],
  };
}

function made(title: string, create: readonly string[]): Resource {
  return { title, create, byHand: `npx wrangler ${create.join(" ")}` };
}

/** Names of the secrets that the Worker lacks. */
export function missingSecrets(account: CloudflareResources): string[] {
  return [...SECRET_MAKERS.keys()].filter((name) => !account.secrets.has(name));
}

/** The configuration with the account's ids, and with the training log's bucket. @throws if a database or namespace is not there */
export function withAccountIds(
  config: WranglerConfig,
  account: CloudflareResources,
): WranglerConfig {
  const bucket = trainingBucket(config, account);
  return {
    ...config,
    ...(bucket === null
      ? {}
      : {
          r2_buckets: [...config.r2_buckets, { binding: TRAINING_BUCKET, bucket_name: bucket }],
        }),
    d1_databases: config.d1_databases.map((database) => ({
      ...database,
      database_id: PLACEHOLDER.test(database.database_id)
        ? idOf(account.databases, database.database_name)
        : database.database_id,
    })),
    kv_namespaces: config.kv_namespaces.map((namespace) => ({
      ...namespace,
      id: PLACEHOLDER.test(namespace.id)
        ? idOf(account.namespaces, namespaceTitle(config, namespace.binding))
        : namespace.id,
    })),
  };
}

function idOf(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the account has no ${name}`);
  return id;
}
