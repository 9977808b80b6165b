import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DevServer } from "../outside/dev-server.ts";
import { People } from "./people.ts";
import { useReaders } from "./readers.ts";

const open = useReaders();

test("a server that goes away and comes back, as on a deploy, costs the reader nothing", async () => {
  const data = await mkdtemp(join(tmpdir(), "skein-deploy-test-"));
  const server = await DevServer.start(data);
  try {
    const people = new People(server.address);
    const [viewer, author] = await people.friends("Viewer", "Author");
    if (viewer === undefined || author === undefined) throw new Error("nobody joined");
    await people.post(author, "Before");
    const reader = await open({}, server.address);
    await reader.signIn(viewer, "/latest");
    await reader.post("Before").waitFor();
    const before = await reader.topOf("Before");
    // Each attempt to connect that meets no server is an error to the browser.
    reader.allow(/WebSocket connection to .* failed|ERR_CONNECTION_(?:REFUSED|RESET)/);
    await server.stop();
    await reader.page.getByText("Reconnecting…").waitFor();
    await server.start();
    await people.post(author, "While it was away");
    await reader.page.getByRole("button", { name: "1 new post" }).waitFor({ timeout: 60_000 });
    await reader.live();
    expect(await reader.topOf("Before")).toBe(before);
    await reader.page.getByRole("button", { name: "1 new post" }).click();
    await reader.post("While it was away").waitFor();
    expect(await reader.texts()).toEqual(["While it was away", "Before"]);
    await reader.page.context().close();
  } finally {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
});
