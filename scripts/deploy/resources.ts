/** What wrangler.toml needs of an account, and how each thing is made. */
import { SECRET_MAKERS } from "../secrets.ts";
import { queueNames, type WranglerConfig } from "../wrangler-config.ts";
import type { CloudflareResources } from "./cloudflare-resources.ts";

export interface Resource {
  /** "D1 database skein-0", for people. */
  title: string;
  /** Arguments for wrangler that make it; null for a secret, which goes up with the Worker. */
  create: readonly string[] | null;
  /** The command to make it by hand. */
  byHand: string;
}

/** Ids that wrangler.toml carries for this machine, and that an account's own take the place of. */
const PLACEHOLDER = /^0{8}/;

/** First names of renamed bindings: a namespace keeps its first title, and so its keys. */
const FIRST_NAMES: Readonly<Record<string, string>> = { AUTHOR_FEED_PAGES: "OUTBOXES" };

/** The title of the namespace for a binding; the one wrangler itself would give. */
function namespaceTitle(config: WranglerConfig, binding: string): string {
  const name = FIRST_NAMES[binding] ?? binding;
  return `${config.name}-${name.toLowerCase().replaceAll("_", "-")}`;
}

/** What is missing, in the order to make it. */
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
  return [
    ...databases.map((name) => made(`D1 database ${name}`, ["d1", "create", name])),
    ...namespaces.map((name) => made(`KV namespace ${name}`, ["kv", "namespace", "create", name])),
    ...queues.map((name) => made(`queue ${name}`, ["queues", "create", name])),
    ...missingSecrets(account).map((name) => ({
      title: `secret ${name}`,
      create: null,
      byHand: `npx wrangler secret put ${name}`,
    })),
  ];
}

function made(title: string, create: readonly string[]): Resource {
  return { title, create, byHand: `npx wrangler ${create.join(" ")}` };
}

/** Names of the secrets that the Worker lacks. */
export function missingSecrets(account: CloudflareResources): string[] {
  return [...SECRET_MAKERS.keys()].filter((name) => !account.secrets.has(name));
}

/** The configuration with the account's ids. @throws if a database or namespace is not there */
export function withAccountIds(
  config: WranglerConfig,
  account: CloudflareResources,
): WranglerConfig {
  return {
    ...config,
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
