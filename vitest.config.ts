import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { findKcat } from "./test/kafka/broker.ts";
import { findRedisServer } from "./scripts/redis/server.ts";

/** How long a test inside workerd may take before something must be stuck, on a busy machine too. */
const WORKERD_TIMEOUT_MS = 60_000;
/** How long a test may talk to a Worker in another process before something must be stuck. */
const OUTSIDE_TIMEOUT_MS = 60_000;
/** The same with a browser, which draws thousands of posts in some tests. */
const BROWSER_TIMEOUT_MS = 120_000;

// Wrangler would print a line about secrets for every file.
process.env["WRANGLER_LOG"] ??= "error";
// What `npm run dev` makes up on its first start.
process.env["SIGNING_KEY"] = Buffer.from("a signing key that signs only tests").toString("base64");
process.env["ADMIN_TOKEN"] = "an-admin-token-for-tests";

/**
 * What all tests inside workerd share. Every file in flight is a workerd with databases of its own;
 * three of them keep two cores busy.
 */
const INSIDE_WORKERD = {
  setupFiles: ["./test/workerd/setup.ts"],
  testTimeout: WORKERD_TIMEOUT_MS,
  hookTimeout: WORKERD_TIMEOUT_MS,
  maxWorkers: 3,
  sequence: { groupOrder: 1 },
};

/** Tests of the Worker's code that need no workerd. */
const PURE = [
  "db/upstash/database.test.ts",
  "durable-objects/{job-queues,or-null,within}.test.ts",
  "workers/{id-source,crowd/crowd-reads,timeline/page-facts}.test.ts",
];

/** A hot window that is soon too small for its timeline, as in a Skein that is years old. */
const SMALL_WINDOW = { TIMELINE_MAX: "24" };
const LONG_RUN = { LONG_RUN: "on" };

/** Tests run inside workerd, beside the Worker's code, with these variables changed. */
function workerd(changed: Record<string, string> = {}) {
  return cloudflareTest(() => workerdOptions(changed));
}

async function workerdOptions(changed: Record<string, string>) {
  return {
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: {
      // Databases that tests of moving buckets add to the Worker's.
      d1Databases: { SPARE_0: "spare-0", SPARE_1: "spare-1", SPARE_2: "spare-2" },
      bindings: {
        RATE_LIMITS: "off",
        // A slow machine is no slow source: tests of the budget set one of their own.
        PULL_BUDGET_MS: "30000",
        // Tests count messages; those of the training log turn it on.
        RANK_LOG_PERCENT: "0",
        // Lists of store objects split while a test still fills them.
        STORE_SEGMENT_ROWS: "60",
        // Migrations are files, and workerd sees none: the setup file applies this copy.
        TEST_MIGRATIONS: await readD1Migrations("db/d1/migrations"),
        TEST_TRAINING_MIGRATIONS: await readD1Migrations("db/training/migrations"),
        // What random runs are made from: test/model/seed.ts.
        MODEL_SEED: process.env["MODEL_SEED"] ?? "",
        MODEL_OPERATIONS: process.env["MODEL_OPERATIONS"] ?? "",
        LONG_RUN: "off",
        ...changed,
      },
      // For tests of the training log in a bucket, which it uses once it is bound under its own name.
      r2Buckets: ["TEST_BUCKET"],
    },
  };
}

/** The same with 64 shards, which `npm run scale -- --calibrate` counts on. */
function workerdOnManyShards() {
  return cloudflareTest(async () => {
    const options = await workerdOptions({});
    const names = [...Array.from({ length: 64 }, (_, n) => `DB_${n}`), "TRAINING_DB"];
    return { ...options, miniflare: { ...options.miniflare, d1Databases: names } };
  });
}

/** Without kcat the tests on Kafka are skipped, each by its name. */
const KAFKA_TESTS = findKcat() === null ? { testNamePattern: /^(?!)/ } : {};

/** Without a redis-server the tests on Redis are skipped, each by its name. */
const REDIS_TESTS = findRedisServer() === null ? { testNamePattern: /^(?!)/ } : {};

/** The same inside workerd, on the databases that the project's set-up has started. */
function workerdOnRedis() {
  return cloudflareTest(async ({ inject }) => {
    const redis = inject("redis");
    const options = await workerdOptions({
      ...SMALL_WINDOW,
      STORE: "upstash",
      UPSTASH_REDIS_REST_URL: redis?.urls.join(" ") ?? "",
      UPSTASH_REDIS_REST_TOKEN: redis?.urls.map(() => redis.token).join(" ") ?? "",
    });
    return options;
  });
}

export default defineConfig({
  test: {
    // Files are isolated on purpose, so no advice to the contrary after every run.
    experimental: { diagnostics: false },
    // One line per file while it runs; a failing test shows what it logged.
    silent: "passed-only",
    slowTestThreshold: Number.MAX_SAFE_INTEGER,
    projects: [
      {
        test: {
          name: "feed",
          include: ["feed/**/*.test.ts", ...PURE],
          environment: "node",
        },
      },
      {
        plugins: [workerd()],
        test: {
          name: "workers",
          include: ["{db,durable-objects,workers}/**/*.test.ts", "test/workerd/*.test.ts"],
          exclude: PURE,
          ...INSIDE_WORKERD,
        },
      },
      {
        plugins: [workerd(SMALL_WINDOW)],
        test: {
          name: "small-window",
          include: ["test/workerd/small-window/**/*.test.ts"],
          ...INSIDE_WORKERD,
        },
      },
      {
        // `npm run test:long`: the same tests at full size, with every step of every operation.
        plugins: [workerd(LONG_RUN)],
        test: {
          name: "long",
          include: [
            "test/workerd/{celebrity-live,celebrity-seams,hub-costs,reaction-costs,scroll,seams}.test.ts",
          ],
          ...INSIDE_WORKERD,
        },
      },
      {
        plugins: [workerd({ ...SMALL_WINDOW, ...LONG_RUN })],
        test: {
          name: "long-small-window",
          include: ["test/workerd/small-window/{model,ranked-model,reactions-model}.test.ts"],
          ...INSIDE_WORKERD,
        },
      },
      {
        plugins: [workerdOnManyShards()],
        test: {
          ...INSIDE_WORKERD,
          name: "calibration-d1",
          include: ["test/workerd/calibration/*.test.ts"],
          setupFiles: ["./test/workerd/calibration/setup.ts"],
        },
      },
      {
        plugins: [workerd({ STORE: "objects", STORE_SEGMENT_ROWS: "50000" })],
        test: {
          ...INSIDE_WORKERD,
          name: "calibration-objects",
          include: ["test/workerd/calibration/*.test.ts"],
        },
      },
      {
        // What a client sees on the store on objects; the small window makes it read the store, and lists split soon.
        plugins: [workerd({ ...SMALL_WINDOW, STORE: "objects", STORE_SEGMENT_ROWS: "9" })],
        test: {
          name: "objects",
          include: [
            "test/workerd/{deletion,durability,engagement,seams}.test.ts",
            "test/workerd/small-window/**/*.test.ts",
          ],
          ...INSIDE_WORKERD,
        },
      },
      {
        test: {
          name: "web",
          include: ["{client/src,web}/**/*.test.{ts,tsx}"],
          environment: "node",
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts", "client/test/*.test.ts"],
          environment: "node",
        },
      },
      {
        test: {
          name: "scripts",
          include: ["{bench,scripts,lint}/**/*.test.ts", "test/*.test.ts"],
          environment: "node",
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "outside",
          include: ["test/outside/**/*.test.ts"],
          exclude: ["test/outside/import-large.test.ts"],
          environment: "node",
          globalSetup: ["./test/outside/setup.ts"],
          testTimeout: OUTSIDE_TIMEOUT_MS,
          hookTimeout: OUTSIDE_TIMEOUT_MS,
          // Each file starts a whole Worker with its queues and databases, and looks how soon things
          // happen in it: they run apart from the other projects, two at a time.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // `npm run test:long`: an import of more lines than its command has memory for.
        test: {
          name: "long-outside",
          include: ["test/outside/import-large.test.ts"],
          environment: "node",
          globalSetup: ["./test/outside/setup.ts"],
          testTimeout: OUTSIDE_TIMEOUT_MS,
          hookTimeout: OUTSIDE_TIMEOUT_MS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // The same on the store on objects.
        test: {
          name: "objects-outside",
          include: ["test/outside/{crash,model-http}.test.ts"],
          environment: "node",
          globalSetup: ["./test/outside/setup.ts"],
          provide: { store: "objects" },
          testTimeout: OUTSIDE_TIMEOUT_MS,
          hookTimeout: OUTSIDE_TIMEOUT_MS,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // `npm run test:browser`; `npm test` leaves it out, for it needs a Chromium.
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          globalSetup: ["./test/browser/setup.ts"],
          testTimeout: BROWSER_TIMEOUT_MS,
          hookTimeout: BROWSER_TIMEOUT_MS,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        plugins: [workerdOnRedis()],
        test: {
          ...REDIS_TESTS,
          name: "redis",
          include: [
            "test/redis/workerd/**/*.test.ts",
            "test/workerd/{deletion,durability,engagement,seams}.test.ts",
            "test/workerd/small-window/**/*.test.ts",
          ],
          globalSetup: ["./test/redis/setup.ts"],
          setupFiles: ["./test/redis/workerd/setup.ts"],
          testTimeout: WORKERD_TIMEOUT_MS,
          // They share the databases, which each file empties.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...REDIS_TESTS,
          name: "redis-outside",
          include: ["test/redis/outside/**/*.test.ts", "test/outside/{crash,model-http}.test.ts"],
          environment: "node",
          globalSetup: ["./test/redis/setup.ts"],
          testTimeout: OUTSIDE_TIMEOUT_MS,
          hookTimeout: OUTSIDE_TIMEOUT_MS,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          ...KAFKA_TESTS,
          name: "kafka",
          include: ["test/kafka/**/*.test.ts"],
          environment: "node",
          testTimeout: OUTSIDE_TIMEOUT_MS,
          hookTimeout: OUTSIDE_TIMEOUT_MS,
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
