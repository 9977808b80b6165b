/** Configuration: variables and secrets, validated once per isolate. */
import { z } from "zod";
import { foldHandle } from "../feed/handle.ts";
import { SUGGESTIONS_CANDIDATES_MAX } from "../feed/limits-people.ts";
import { trustedIssuerSchema } from "./auth/issuers.ts";
import { ACCESS_TOKEN_TTL_MAX_S } from "../feed/limits-sessions.ts";
import { PASSWORD_HASHERS_DEFAULT, PASSWORD_HASHERS_MAX } from "../feed/limits-protection.ts";
import {
  HUBS_PER_REGION_MAX,
  PULL_BUDGET_DEFAULT_MS,
  RANK_LOG_PERCENT_DEFAULT,
  TIMELINE_MAX_DEFAULT,
} from "../feed/limits.ts";

const TURNSTILE_VERIFY_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const SIGNING_KEY_MIN_BYTES = 32;

/** A key that signs tokens. */
const signingKeySchema = z
  .base64()
  .transform((text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)))
  .refine((key) => key.length >= SIGNING_KEY_MIN_BYTES, "at least 32 bytes, in base64");

/** Addresses or tokens of several databases, separated by spaces. */
const listSchema = z
  .string()
  .default("")
  .transform((list) => list.split(/\s+/).filter(Boolean));

const variablesSchema = z.object({
  CELEBRITY_THRESHOLD: z.coerce.number().int().min(1).default(10_000),
  PULL_BUDGET_MS: z.coerce.number().int().min(1).default(PULL_BUDGET_DEFAULT_MS),
  HUBS_PER_REGION: z.coerce.number().int().min(1).max(HUBS_PER_REGION_MAX).default(1),
  RANK_LOG_PERCENT: z.coerce.number().min(0).max(100).default(RANK_LOG_PERCENT_DEFAULT),
  TIMELINE_MAX: z.coerce.number().int().min(1).default(TIMELINE_MAX_DEFAULT),
  ACCESS_TOKEN_TTL_S: z.coerce.number().int().min(1).max(ACCESS_TOKEN_TTL_MAX_S),
  ALLOWED_ORIGINS: z.string().transform((list) => list.split(/\s+/).filter(Boolean)),
  /** Hosts of pictures, such as `images.example` or `*.images.example`. */
  IMAGE_HOSTS: listSchema.pipe(
    z.array(z.string().regex(/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/, "not a host")),
  ),
  SUGGESTED_HANDLES: listSchema.transform((handles) =>
    handles.slice(0, SUGGESTIONS_CANDIDATES_MAX).map((handle) => foldHandle(handle)),
  ),
  RATE_LIMITS: z.enum(["on", "off"]),
  PASSWORD_HASHERS: z.coerce
    .number()
    .int()
    .min(1)
    .max(PASSWORD_HASHERS_MAX)
    .default(PASSWORD_HASHERS_DEFAULT),
  TRUSTED_ISSUERS: z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue("not JSON");
        return z.NEVER;
      }
    })
    .pipe(z.array(trustedIssuerSchema)),
  SIGNING_KEY: signingKeySchema,
  /** Signs nothing, but what it has signed is accepted. */
  OTHER_SIGNING_KEY: signingKeySchema.optional(),
  ADMIN_TOKEN: z.string().min(16).optional(),
  /** Sign-ups need the answer of Turnstile's widget if both are set. */
  TURNSTILE_SITE_KEY: z
    .string()
    .regex(/^[\w-]*$/, "not a site key")
    .default(""),
  TURNSTILE_SECRET: z.string().min(1).optional(),
  TURNSTILE_VERIFY_URL: z.string().default(TURNSTILE_VERIFY_URL),
  /** The hostname of /ops and its calls; empty if they are everywhere. */
  OPS_HOST: z
    .string()
    .regex(/^([a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?)?$/, "not a host")
    .default(""),
  /** The team of Cloudflare Access as an origin, and the audience tag of the application of OPS_HOST. */
  ACCESS_TEAM: z.string().default(""),
  ACCESS_AUD: z.string().default(""),
  EXPORT: z.enum(["off", "kafka", "webhook"]).default("off"),
  KAFKA_REST_URL: z.string().default(""),
  KAFKA_REST_USERNAME: z.string().default(""),
  KAFKA_REST_PASSWORD: z.string().default(""),
  WEBHOOK_URL: z.string().default(""),
  /** Each signs every request: with two of them, receivers can change from one to the other. */
  WEBHOOK_SECRETS: listSchema,
  KAFKA_TOPIC: z.string().min(1).default("skein-events"),
  STORE: z.enum(["d1", "upstash", "objects"]).default("d1"),
  UPSTASH_REDIS_REST_URL: listSchema,
  UPSTASH_REDIS_REST_TOKEN: listSchema,
});

/** The base64 of a secret has 24 to 64 bytes, as Standard Webhooks says. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** Whether secrets may be sent to an address, or keys fetched from it: by https, or on this machine. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isHere);
}

/** What is wrong with the settings of a webhook, by variable. */
function webhookFaults(config: z.infer<typeof variablesSchema>): Record<string, string> {
  const { WEBHOOK_URL: url, WEBHOOK_SECRETS: secrets } = config;
  const faults: Record<string, string> = {};
  if (!isSafeAddress(url)) {
    faults["WEBHOOK_URL"] = "EXPORT is webhook, which needs an address that begins with https://";
  }
  if (secrets.length === 0 || !secrets.every((secret) => SECRET.test(secret))) {
    faults["WEBHOOK_SECRETS"] =
      "EXPORT is webhook, which needs secrets: whsec_ and the base64 of 24 to 64 bytes";
  }
  return faults;
}

/** What is wrong with the settings of the services that protect sign-ups and operators, by variable. */
function protectionFaults(config: z.infer<typeof variablesSchema>): Record<string, string> {
  const { TURNSTILE_SITE_KEY: siteKey, TURNSTILE_SECRET: secret } = config;
  const { OPS_HOST: host, ACCESS_TEAM: team, ACCESS_AUD: audience } = config;
  const faults: Record<string, string> = {};
  if ((siteKey === "") !== (secret === undefined)) {
    faults["TURNSTILE_SITE_KEY and TURNSTILE_SECRET"] = "each needs the other one";
  }
  if (!isSafeAddress(config.TURNSTILE_VERIFY_URL)) {
    faults["TURNSTILE_VERIFY_URL"] = "the address does not begin with https://";
  }
  if ((team === "") !== (audience === "")) {
    faults["ACCESS_TEAM and ACCESS_AUD"] = "each needs the other one";
  } else if (team !== "" && !(isSafeAddress(team) && new URL(team).origin === team)) {
    faults["ACCESS_TEAM"] = "not an address such as https://example.cloudflareaccess.com";
  } else if (team !== "" && host === "") {
    faults["OPS_HOST"] = "ACCESS_TEAM and ACCESS_AUD protect this hostname, so they need it";
  }
  return faults;
}

function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

const configSchema = variablesSchema.superRefine((config, context) => {
  const { STORE: store, UPSTASH_REDIS_REST_URL: urls, UPSTASH_REDIS_REST_TOKEN: tokens } = config;
  if (store === "upstash" && (urls.length === 0 || tokens.length !== urls.length)) {
    context.addIssue({
      code: "custom",
      path: ["UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN"],
      message: "STORE is upstash, which needs an address and a token for each database",
    });
  }
  const kafka = ["KAFKA_REST_URL", "KAFKA_REST_USERNAME", "KAFKA_REST_PASSWORD"] as const;
  for (const name of kafka.filter((key) => config.EXPORT === "kafka" && config[key] === "")) {
    context.addIssue({
      code: "custom",
      path: [name],
      message: "EXPORT is kafka, which needs the address of a REST endpoint and its credentials",
    });
  }
  for (const [index, url] of urls.entries()) {
    // The message does not repeat the address, because it may contain a password.
    const message = `address ${index + 1} of ${urls.length} does not begin with https://`;
    if (!isAddress(url)) {
      context.addIssue({ code: "custom", path: ["UPSTASH_REDIS_REST_URL"], message });
    }
  }
  const faults = {
    ...protectionFaults(config),
    ...(config.EXPORT === "webhook" ? webhookFaults(config) : {}),
  };
  for (const [name, message] of Object.entries(faults)) {
    context.addIssue({ code: "custom", path: [name], message });
  }
  const { EXPORT: exported, KAFKA_REST_URL: endpoint } = config;
  if (exported === "kafka" && endpoint !== "" && !isAddress(endpoint)) {
    const message = "the address does not begin with https://";
    context.addIssue({ code: "custom", path: ["KAFKA_REST_URL"], message });
  }
});
export type Config = z.infer<typeof configSchema>;

/**
 * Reads the configuration.
 * @throws an error whose message names each wrong variable
 */
export function readConfig(env: unknown): Config {
  const parsed = configSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`set these in wrangler.toml, or as secrets: ${wrong.join("; ")}`);
}
