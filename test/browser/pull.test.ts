/** Pulling the home timeline down on a touch screen. */
import type { CDPSession } from "playwright-core";
import { expect, inject, test } from "vitest";
import { violations } from "./axe.ts";
import { People } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";

const people = new People(inject("address"));
const open = useReaders();
const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };
const X = 160;
const FROM_Y = 200;

type Touch = "touchStart" | "touchMove" | "touchEnd";

async function touch(finger: CDPSession, type: Touch, y: number | null): Promise<void> {
  const touchPoints = y === null ? [] : [{ x: X, y }];
  await finger.send("Input.dispatchTouchEvent", { type, touchPoints });
}

/** A finger that goes down the page by so many pixels, and stays there. */
async function pull({ page }: Reader, byPx: number): Promise<CDPSession> {
  const finger = await page.context().newCDPSession(page);
  await touch(finger, "touchStart", FROM_Y);
  for (let y = FROM_Y; y <= FROM_Y + byPx; y += 10) await touch(finger, "touchMove", y);
  return finger;
}

/** Counts the reads of the timeline from here on. */
function reads({ page }: Reader): () => number {
  let count = 0;
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/v1/timeline") count++;
  });
  return () => count;
}

test("a finger that pulls the top of the page far enough reads the timeline again, a shorter pull does not", async () => {
  const [ada] = await people.friends("Ada Lindgren", "Ben Ito");
  if (ada === undefined) throw new Error("nobody joined");
  await people.post(ada, "Here already");
  const reader = await open(PHONE);
  await reader.signIn(ada, "/latest");
  const { page } = reader;
  await reader.post("Here already").waitFor();
  const count = reads(reader);
  let finger = await pull(reader, 50);
  await page.getByText("Pull to look for new posts").waitFor();
  expect(await violations(reader)).toEqual([]);
  await touch(finger, "touchEnd", null);
  await page.getByText("Pull to look for new posts").waitFor({ state: "detached" });
  expect(count()).toBe(0);
  finger = await pull(reader, 160);
  await page.getByText("Let go to look for new posts").waitFor();
  await touch(finger, "touchEnd", null);
  await page.getByText("Let go to look for new posts").waitFor({ state: "detached" });
  await expect.poll(count).toBe(1);
  await reader.post("Here already").waitFor();
});
