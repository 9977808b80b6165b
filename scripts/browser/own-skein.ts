/** A temporary Skein: empty, on a free port, removed with its data at the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../dev/port.ts";
import { startDev } from "../dev/start.ts";
import type { Skein } from "../../client/src/skein-client.ts";
import { skeinAt } from "../clients.ts";

/** Runs `work` with the address of an empty Skein. @param command the command as typed, for advice */
export async function withOwnSkein(
  command: string,
  work: (address: string, client: Skein, adminToken: string | null) => Promise<void>,
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "skein-own-"));
  const args = ["--port", String(await freePort()), "--persist-to", data, "--log-level", "error"];
  const server = await startDev({ args, command, quiet: true });
  try {
    const client = skeinAt(server.address, server.stopped);
    await work(server.address, client, server.adminToken);
  } finally {
    server.stop();
    await server.ended;
    await rm(data, { recursive: true, force: true });
  }
}
