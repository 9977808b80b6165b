/**
 * The built Worker and the floors in one workerd. Requests go to sockets of their own: the runtime's
 * entry, and the proxies of `wrangler dev`, would add their time to every request.
 */
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { bundleWorker } from "../../scripts/bundle.ts";
import { migrateShard } from "../../scripts/dev/migrations.ts";
import { bringPageUpToDate } from "../../scripts/page.ts";
import { CommandError, ROOT, toolEnv, WRANGLER_CONFIG } from "../../scripts/project.ts";
import type { StoreOfBench } from "./stores.ts";
import type { Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import { MintedTokens } from "../../scripts/minted-tokens.ts";
import { administrationAt, skeinAt } from "../../scripts/clients.ts";
import { readWranglerConfig } from "../../scripts/wrangler-config.ts";

const FLOORS_CONFIG = join(ROOT, "bench/floors/wrangler.toml");
/** Skein warns of every token that an administrator makes; all of a bench's are such. */
const TOKEN_WARNING = "an administrator has made a token";
const SETTLED_POLL_MS = 4;
const SETTLED_MAX_MS = 60_000;

/** The two bundles. */
export interface Bundles {
  skein: string;
  floors: string;
}

export interface Runtime {
  skein: URL;
  floors: URL;
  client: Skein;
  administration: SkeinAdministration;
  tokens: MintedTokens;
  /** Every account that is signed in; their tokens are renewed between rounds. */
  signedIn: { renew: () => Promise<void> }[];
  /** The inspector of the runtime; each Worker's isolate has a path of its own. */
  inspector: URL;
  /** Resolves when no job is left in the outbox. */
  settled: () => Promise<void>;
  close: () => Promise<void>;
}

/** Builds both Workers as a deploy does. */
export async function bundleBoth(): Promise<Bundles> {
  // A deploy uploads the page as well, so wrangler wants it built.
  await bringPageUpToDate();
  const skein = await bundleWorker("bundle");
  const floors = await bundleWorker("bench-floors", "worker.ts", FLOORS_CONFIG);
  return { skein: skein.toString(), floors: floors.toString() };
}

/** Starts both with an empty store. @param vars override those of wrangler.toml */
export async function startRuntime(
  bundles: Bundles,
  store: StoreOfBench,
  vars: Record<string, string>,
): Promise<Runtime> {
  // A required secret that is nowhere would be a warning, although the bench sets it below.
  Object.assign(process.env, toolEnv({ WRANGLER_LOG: "error", ...process.env }));
  const adminToken = "an-admin-token-for-benches";
  const config = readWranglerConfig(WRANGLER_CONFIG);
  const bindings = {
    ...textsOf(config.vars),
    RATE_LIMITS: "off",
    // Which viewers are logged is a matter of chance; a tenth of them are.
    RANK_LOG_PERCENT: "0",
    SIGNING_KEY: Buffer.from("a signing key that signs only benches").toString("base64"),
    ADMIN_TOKEN: adminToken,
    ...store.vars,
    ...vars,
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      cf: false,
      handleStructuredLogs: ({ message }) => {
        if (!message.startsWith(TOKEN_WARNING)) console.warn(message);
      },
      inspectorPort: 0,
      workers: [
        workerOf("skein", bundles.skein, WRANGLER_CONFIG, bindings),
        workerOf("floors", bundles.floors, FLOORS_CONFIG, {}),
      ],
    }),
  );
  await miniflare.ready;
  for (const database of config.d1_databases) {
    const { binding } = database;
    await migrateShard(await miniflare.getD1Database(binding, "skein"), database, ROOT);
  }
  const databases = config.d1_databases
    .map(({ binding }) => binding)
    .filter((binding) => /^DB_\d+$/.test(binding));
  const skein = await miniflare.unsafeGetDirectURL("skein");
  const administration = administrationAt(skein.origin, adminToken);
  return {
    skein,
    floors: await miniflare.unsafeGetDirectURL("floors"),
    client: skeinAt(skein.origin),
    administration,
    tokens: new MintedTokens(administration),
    signedIn: [],
    inspector: await miniflare.getInspectorURL(),
    settled: () => untilNone(() => store.waiting(miniflare, databases)),
    close: () => miniflare.dispose(),
  };
}

/** A Worker's bindings from its configuration, and its script. */
function workerOf(name: string, script: string, config: string, bindings: Record<string, string>) {
  // Without the page's files, whose router would be another Worker in front.
  const {
    assets: _,
    modulesRules: __,
    ...options
  } = unstable_getMiniflareWorkerOptions(config).workerOptions;
  return {
    ...options,
    name,
    bindings,
    modules: true as const,
    script,
    unsafeDirectSockets: [{ port: 0 }],
  };
}

async function untilNone(count: () => Promise<number>): Promise<void> {
  const endMs = performance.now() + SETTLED_MAX_MS;
  while ((await count()) > 0) {
    if (performance.now() > endMs) throw new CommandError("Jobs of the bench do not end.");
    await sleep(SETTLED_POLL_MS);
  }
}

function textsOf(vars: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(vars).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" ? [[name, value]] : [],
    ),
  );
}
