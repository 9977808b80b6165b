/** The page without a network, and on a home screen. */
import { expect, inject, test } from "vitest";
import { People } from "./people.ts";
import { useReaders } from "./readers.ts";
import { z } from "zod";
import { orThrow } from "../../client/src/skein-client.ts";
import { eventually } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();

test("a page that was open once opens without a network, and says so", async () => {
  const reader = await open({ serviceWorkers: "allow" });
  await reader.signIn(await people.join("Ada"));
  const { page } = reader;
  reader.allow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection/);
  await page.evaluate("navigator.serviceWorker.ready.then(() => null)");
  await page.reload();
  await reader.live();
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText("Offline").waitFor();
  await page.getByText("No connection. Check the network and try again.").waitFor();
  await page.context().setOffline(false);
  await reader.live();
  const kept = await page.evaluate<string[]>(
    "caches.open('skein-shell-1').then((cache) => cache.keys()).then((keys) => keys.map(({ url }) => new URL(url).pathname))",
  );
  expect(kept.filter((path) => path !== "/" && !path.startsWith("/assets/"))).toEqual([]);
});

test("a post and a like made without a network go out once when it is back", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("two joined");
  const liked = await people.post(ben, "Worth a like");
  const reader = await open();
  await reader.signIn(ada, "/latest");
  const { page } = reader;
  reader.allow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection/);
  await reader.post("Worth a like").waitFor();
  await page.context().setOffline(true);
  await page.getByText("Offline").waitFor();
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill("From a tunnel");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await reader.post("From a tunnel").getByText("Goes out when the network is back").waitFor();
  await reader.post("Worth a like").getByRole("button", { name: /^Like/ }).click();
  await reader.post("Worth a like").getByRole("button", { name: "Like. 1 like" }).waitFor();
  expect(await page.locator(".toast").count()).toBe(0);
  await page.context().setOffline(false);
  await reader.sent("From a tunnel");
  const texts = (await people.timeline(ada)).items.map(({ post }) => post.text);
  expect(texts.filter((text) => text === "From a tunnel")).toHaveLength(1);
  await eventually(async () => {
    const post = orThrow(await ada.skein.readPost(liked.id));
    expect([post.viewer?.liked, post.counts.likes]).toEqual([true, 1]);
  });
});

test("the manifest names the page, with an icon that is there", async () => {
  const address = inject("address");
  const manifest = z
    .object({
      name: z.string(),
      start_url: z.string(),
      display: z.string(),
      icons: z.array(z.object({ src: z.string() })),
    })
    .parse(await (await fetch(`${address}/manifest.webmanifest`)).json());
  expect(manifest).toMatchObject({ name: "Skein", start_url: "/", display: "standalone" });
  for (const { src } of manifest.icons) expect((await fetch(address + src)).status).toBe(200);
});
