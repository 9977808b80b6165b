/** Ports of this machine that nothing listens on. */
import { once } from "node:events";
import { createServer } from "node:net";
import { CommandError } from "../project.ts";

/** wrangler's own default. */
export const DEFAULT_PORT = 8787;

/** Whether nothing listens on this port. Port 0 means any free port. */
export async function portIsFree(port: number, host: string): Promise<boolean> {
  if (port === 0) return true;
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Finds a port of localhost that nothing listens on. @throws CommandError if there is none */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "localhost");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new CommandError("No port is free.");
  return address.port;
}
