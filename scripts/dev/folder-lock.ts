/**
 * Keeps two servers from one data folder: SQLite files that two runtimes write are damaged. The lock is
 * a local socket, which the system closes when its process ends, however it ends.
 */
import { createHash } from "node:crypto";
import { mkdir, realpath, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Locks a folder until this process ends. @returns false if another process has locked it */
export async function lockFolder(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const path = await socketOf(folder);
  if (await listens(path)) return true;
  if (await isAnswered(path)) return false;
  // A process that was killed has left its socket behind.
  await rm(path, { force: true });
  return listens(path);
}

/** The address of a folder's lock: short, because a socket's path has about a hundred characters. */
async function socketOf(folder: string): Promise<string> {
  const hash = createHash("sha256")
    .update(await realpath(folder))
    .digest("hex")
    .slice(0, 20);
  return process.platform === "win32"
    ? `\\\\.\\pipe\\skein-${hash}`
    : join(tmpdir(), `skein-${hash}.sock`);
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server: Server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(false));
    // The server alone keeps no process running.
    server.listen(path, () => resolve(true)).unref();
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
