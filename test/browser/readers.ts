/** Readers in a real browser. Whatever the browser complains of fails the test. */
import type { Browser, BrowserContextOptions, ConsoleMessage, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { launchChromium } from "../../scripts/browser/chromium.ts";
import { PASSWORD, type Person } from "./people.ts";
import { PATIENCE_MS } from "../eventually.ts";

/** Without the page's service worker, under which a route of a test hears each request twice. */
const DESKTOP: BrowserContextOptions = {
  viewport: { width: 1280, height: 900 },
  serviceWorkers: "block",
};

/** Somebody at a browser of their own: storage, cookies and network are nobody else's. */
export class Reader {
  readonly page: Page;
  readonly address: string;
  /** What the browser complained of: errors of scripts, violations of the policy, failed loads. */
  readonly complaints: string[] = [];
  readonly #allowed: RegExp[] = [/Service Worker registration blocked by Playwright/];

  constructor(page: Page, address: string) {
    this.page = page;
    this.address = address;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => this.#heard(message));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      const own = origin === new URL(address).origin || protocol === "data:";
      if (!own) this.complaints.push(`a request to another host: ${request.url()}`);
    });
  }

  #heard(message: ConsoleMessage): void {
    if (message.type() !== "error" && message.type() !== "warning") return;
    this.complaints.push(`${message.text()} ${message.location().url}`);
  }

  /** A browser reports every refused answer as an error; a test that asks for one says which. */
  allow(complaint: RegExp): void {
    this.#allowed.push(complaint);
  }

  unexpected(): string[] {
    return this.complaints.filter((text) => !this.#allowed.some((allowed) => allowed.test(text)));
  }

  /** Goes to an address of the page. */
  async go(path: string): Promise<void> {
    await this.page.goto(this.address + path);
  }

  /** Signs in through the form. */
  async signIn(person: Person, path = "/"): Promise<void> {
    await this.go("/");
    await this.page.getByLabel("Handle", { exact: true }).fill(person.handle);
    await this.page.getByLabel("Password").fill(PASSWORD);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("button", { name: "New post" }).waitFor();
    if (path !== "/") await this.go(path);
    await this.live();
  }

  /** Waits until new posts come by themselves. */
  async live(): Promise<void> {
    await this.page.locator(".connection[data-state=live]").waitFor();
  }

  /** The post with that text. */
  post(text: string): ReturnType<Page["locator"]> {
    return this.page.locator("article").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  /** Waits until the reader's own post with that text has been accepted. */
  async sent(text: string): Promise<void> {
    const accepted = this.page.locator('article[aria-busy="false"]');
    await accepted.filter({ has: this.page.getByText(text, { exact: true }) }).waitFor();
  }

  /** Texts of the posts that are drawn, from the top. */
  texts(): Promise<string[]> {
    return this.page.locator("article .text").allTextContents();
  }

  /** How far the page is scrolled, in CSS pixels. */
  scrollY(): Promise<number> {
    return this.page.evaluate<number>("scrollY");
  }

  /** Scrolls by windows, and waits until what came into view has been drawn. */
  async scroll(windows: number): Promise<void> {
    await this.page.evaluate(`new Promise((done) => {
      scrollBy({ top: ${windows} * innerHeight, behavior: "instant" });
      requestAnimationFrame(() => requestAnimationFrame(done));
    })`);
  }

  /** Text of the first post that is in view whole. */
  firstInView(): Promise<string> {
    return this.page.evaluate<string>(`(() => {
      const articles = [...document.querySelectorAll("article")];
      const inView = articles.find((article) => article.getBoundingClientRect().top > 80);
      return inView?.querySelector(".text")?.textContent ?? "";
    })()`);
  }

  /** Text of the post that has the focus, or something in it. */
  focusedPost(): Promise<string | null> {
    return this.page.evaluate<string | null>(
      'document.activeElement?.closest("article")?.querySelector(".text")?.textContent ?? null',
    );
  }

  /** How far a post is below the top of the window, in CSS pixels. */
  async topOf(text: string): Promise<number> {
    const box = await this.post(text).boundingBox();
    if (box === null) throw new Error(`the post is not drawn: ${text}`);
    return Math.round(box.y);
  }
}

/** Opens readers for the tests of a file, and closes them after each. */
export function useReaders(): (options?: BrowserContextOptions, at?: string) => Promise<Reader> {
  let browser: Browser;
  const open: Reader[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    const readers = open.splice(0);
    const unexpected = readers.flatMap((reader) => reader.unexpected());
    await Promise.all(readers.map(({ page }) => page.context().close()));
    expect(unexpected, "the browser complains").toEqual([]);
  });
  afterAll(() => browser.close());
  return async (options = {}, at = inject("address")) => {
    const context = await browser.newContext({ ...DESKTOP, ...options });
    const reader = new Reader(await context.newPage(), at);
    open.push(reader);
    return reader;
  };
}
