/** Checks whether a port is free before anything starts. */
import { createServer } from "node:net";

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
