import { gzipSync } from "node:zlib";
import type { BrowserContextOptions } from "playwright-core";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { clipped, overhang, violations } from "./axe.ts";
import { People, type Person } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";
import { PATIENCE_MS } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();
/** Script of a first visit, gzipped; the product's figure. */
const FIRST_LOAD_MAX_KIB = 40;

const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
};

let ada: Person;
let ben: Person;
let postId: string;
beforeAll(async () => {
  const [one, other] = await people.friends("Ada Lindgren", "ليلى منصور");
  if (one === undefined || other === undefined) throw new Error("nobody joined");
  [ada, ben] = [one, other];
  await people.post(ada, "A first one with a link: https://example.com/a?b=c and @nobody_yet");
  const post = await people.post(ben, "مرحبا بالعالم");
  await people.post(ada, "Una risposta", post.id);
  await people.post(ben, `${"Donaudampfschifffahrtsgesellschaft".repeat(6)} 港`);
  postId = post.id;
});

/** Every page, with what shows that it is there, and what is done on it first. */
const PAGES: readonly {
  name: string;
  path: () => string;
  there: string;
  signedIn: boolean;
  first?: (reader: Reader) => Promise<void>;
}[] = [
  { name: "welcome", path: () => "/", there: "form.sign", signedIn: false },
  { name: "a post, signed out", path: () => `/post/${postId}`, there: ".lead", signedIn: false },
  { name: "nothing", path: () => "/no/such/page", there: ".notice h1", signedIn: false },
  { name: "for you", path: () => "/", there: "article", signedIn: true },
  { name: "latest", path: () => "/latest", there: "article", signedIn: true },
  { name: "a profile", path: () => `/@${ben.handle}`, there: "article", signedIn: true },
  {
    name: "followers",
    path: () => `/@${ben.handle}/followers`,
    there: ".person",
    signedIn: true,
  },
  {
    name: "whom one follows",
    path: () => `/@${ben.handle}/following`,
    there: ".person",
    signedIn: true,
  },
  { name: "a post", path: () => `/post/${postId}`, there: ".lead", signedIn: true },
  { name: "sessions", path: () => "/sessions", there: ".device", signedIn: true },
  { name: "nobody", path: () => "/@nobody_at_all", there: ".notice h1", signedIn: true },
  {
    name: "writing",
    path: () => "/latest",
    there: "article",
    signedIn: true,
    first: async ({ page }) => {
      await page.getByRole("button", { name: "New post" }).click();
      await page.getByRole("dialog").getByRole("textbox").fill("x".repeat(290));
    },
  },
  {
    name: "replying, with a message",
    path: () => "/latest",
    there: "article",
    signedIn: true,
    first: async ({ page }) => {
      await page.getByRole("button", { name: /^Like/ }).last().click();
      await page
        .getByRole("button", { name: /^Reply/ })
        .last()
        .click();
      await page.getByRole("dialog").locator(".quote[aria-busy=false]").waitFor();
    },
  },
  {
    name: "the keys",
    path: () => "/latest",
    there: "article",
    signedIn: true,
    first: async ({ page }) => {
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
];

describe.for([
  { device: "a desktop, light", options: { colorScheme: "light" } },
  {
    device: "a tablet, dark, with text at 200 %",
    options: { colorScheme: "dark", viewport: { width: 820, height: 1180 } },
    text: "200%",
  },
  { device: "a desktop, dark", options: { colorScheme: "dark" } },
  {
    device: "the narrowest phone, light",
    options: { ...PHONE, viewport: { width: 320, height: 640 }, colorScheme: "light" },
  },
  {
    device: "a phone, dark, with reduced motion",
    options: { ...PHONE, colorScheme: "dark", reducedMotion: "reduce" },
  },
  {
    device: "a phone, light, with text at 200 %",
    options: { ...PHONE, viewport: { width: 390, height: 844 }, colorScheme: "light" },
    text: "200%",
  },
  {
    device: "the narrowest phone, with forced colours",
    options: { ...PHONE, viewport: { width: 320, height: 640 }, forcedColors: "active" },
  },
] satisfies {
  device: string;
  options: BrowserContextOptions;
  text?: string;
}[])("on $device", ({ options, text }) => {
  test("no page has anything that axe objects to, or is wider than its window", async () => {
    const reader = await open(options);
    reader.allow(/status of 404.*nobody_at_all/);
    const { page } = reader;
    let signedIn = false;
    for (const { name, path, there, first, ...needs } of PAGES) {
      if (needs.signedIn && !signedIn) await reader.signIn(ada);
      signedIn = needs.signedIn;
      await reader.go(path());
      await page.locator(there).first().waitFor();
      // What a reader sets as the size of text is the size of the root.
      if (text !== undefined) {
        await page.evaluate(`document.documentElement.style.fontSize = ${JSON.stringify(text)}`);
      }
      if (needs.signedIn) await reader.live();
      await first?.(reader);
      // Colours are compared when they have come to rest.
      await page.evaluate(
        "Promise.allSettled(document.getAnimations().map((animation) => animation.finished))",
      );
      expect(await violations(reader), name).toEqual([]);
      expect(await overhang(reader), `${name} is wider than its window`).toBeLessThanOrEqual(0);
      expect(await clipped(reader, ".frame :is(a, button)"), `${name} is clipped`).toEqual([]);
    }
  });
});

test("light is light and dark is dark", async () => {
  const lightness = async (colorScheme: "light" | "dark"): Promise<number> => {
    const reader = await open({ colorScheme });
    await reader.go("/");
    await reader.page.locator("form.sign").waitFor();
    const colour = await reader.page.evaluate<string>(
      "getComputedStyle(document.documentElement).backgroundColor",
    );
    return Math.max(...(colour.match(/\d+/g) ?? []).map(Number));
  };
  expect(await lightness("light")).toBeGreaterThan(230);
  expect(await lightness("dark")).toBeLessThan(60);
});

test("the API reference is dark in the dark", async () => {
  const reader = await open({ colorScheme: "dark" });
  await reader.go("/docs/");
  await reader.page.locator("#reference .opblock").first().waitFor();
  const shot = (await reader.page.screenshot({ type: "png" })).toString("base64");
  const mean = await reader.page.evaluate<number>(`(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${shot}";
    await image.decode();
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0, 64, 64);
    const { data } = context.getImageData(0, 0, 64, 64);
    return data.filter((_, n) => n % 4 !== 3).reduce((sum, value) => sum + value, 0) / (64 * 64 * 3);
  })()`);
  expect(mean).toBeLessThan(90);
});

test("with forced colours the tab, the dot and the pictures are still to be seen", async () => {
  const reader = await open({ forcedColors: "active" });
  await reader.signIn(ada, "/latest");
  await reader.page.locator("article").first().waitFor();
  const style = (selector: string, property: string) =>
    reader.page.evaluate<string>(
      `getComputedStyle(document.querySelector(${JSON.stringify(selector)}))
        .getPropertyValue(${JSON.stringify(property)})`,
    );
  expect(await style(".tabs a[aria-current=page]", "border-bottom-width")).toBe("3px");
  expect(await style(".tabs a:not([aria-current])", "border-bottom-width")).toBe("0px");
  const dot = await style(".connection i", "background-color");
  expect(dot).not.toBe(await style("body", "background-color"));
  expect(await style("article .avatar", "border-top-style")).toBe("solid");
});

test("texts go the way their script goes", async () => {
  const reader = await open();
  await reader.signIn(ada, "/latest");
  const { items } = await people.timeline(ada);
  const direction = (text: string): Promise<string> => {
    const id = items.find(({ post }) => post.text === text)?.post.id;
    return reader.page.evaluate<string>(
      `getComputedStyle(document.getElementById("text-${id}")).direction`,
    );
  };
  await reader.post("مرحبا بالعالم").waitFor();
  expect(await direction("مرحبا بالعالم")).toBe("rtl");
  expect(await direction("Una risposta")).toBe("ltr");
});

test(`a first visit loads less than ${FIRST_LOAD_MAX_KIB} KiB of script, all of it from here`, async () => {
  const reader = await open();
  const { page } = reader;
  const scripts: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.push(response.body());
  });
  await reader.signIn(ada);
  await page.locator("article").first().waitFor({ timeout: PATIENCE_MS });
  const bodies = await Promise.all(scripts);
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(bodies.length).toBeGreaterThan(0);
  expect(bytes / 1024).toBeLessThan(FIRST_LOAD_MAX_KIB);
});

test("the policy refuses a script and a style that are not in a file of ours", async () => {
  const reader = await open();
  reader.allow(/violates the following Content Security Policy directive/);
  await reader.go("/");
  const ran = await reader.page.evaluate<boolean>(`(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.head.append(script);
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.head.append(style);
    return window.ran === true || getComputedStyle(document.body).display === "none";
  })()`);
  expect(ran).toBe(false);
  expect(reader.complaints.length).toBeGreaterThan(1);
});
