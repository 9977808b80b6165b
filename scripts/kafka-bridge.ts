/**
 * `npm run kafka-bridge -- --brokers host:9092[,host:9092] [--port 8090] [--host 127.0.0.1] [--tls]`:
 * an endpoint for the export of events that writes to your own Kafka brokers.
 *
 * From the environment: KAFKA_REST_USERNAME and KAFKA_REST_PASSWORD, which callers must send, and for
 * brokers that ask for them KAFKA_SASL_MECHANISM (PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512),
 * KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { startKafkaBridge } from "./kafka-bridge/bridge.ts";
import { portIsFree } from "./dev/port.ts";
import { CommandError, runCommand } from "./project.ts";

const USAGE =
  "Usage: npm run kafka-bridge -- --brokers <host:port,…> [--port 8090] [--host 127.0.0.1] [--tls]";

const environmentSchema = z.object({
  KAFKA_REST_USERNAME: z.string().min(1),
  KAFKA_REST_PASSWORD: z.string().min(1),
  KAFKA_SASL_MECHANISM: z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]).default("PLAIN"),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().default(""),
});

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        brokers: { type: "string" },
        port: { type: "string", default: "8090" },
        host: { type: "string", default: "127.0.0.1" },
        tls: { type: "boolean", default: false },
      },
    });
    const brokers = (values.brokers ?? "").split(",").filter(Boolean);
    if (brokers.length === 0) throw new Error("--brokers is missing.");
    return { ...values, brokers, port: Number(values.port) };
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}

function readEnvironment() {
  const parsed = environmentSchema.safeParse(process.env);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map((issue) => issue.path.join(".")).join(" and ");
  throw new CommandError(`Set ${names} in the environment; callers of the bridge must send them.`);
}

await runCommand(async () => {
  const { brokers, port, host, tls } = readFlags();
  const environment = readEnvironment();
  if (!(await portIsFree(port, host))) throw new CommandError(`Port ${port} is taken.\n${USAGE}`);
  const username = environment.KAFKA_SASL_USERNAME;
  const bridge = await startKafkaBridge({
    brokers,
    port,
    host,
    username: environment.KAFKA_REST_USERNAME,
    password: environment.KAFKA_REST_PASSWORD,
    connection: {
      ...(tls ? { tls: {} } : {}),
      ...(username === undefined
        ? {}
        : {
            sasl: {
              mechanism: environment.KAFKA_SASL_MECHANISM,
              username,
              password: environment.KAFKA_SASL_PASSWORD,
            },
          }),
    },
  });
  console.log(`The bridge at ${bridge.url} writes events to Kafka at ${brokers.join(", ")}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => void bridge.close().finally(() => process.exit(0)));
  }
});
