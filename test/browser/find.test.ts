/** Finding people, and taking back what one did to them. */
import { expect, inject, test } from "vitest";
import { overhang, violations } from "./axe.ts";
import { People } from "./people.ts";
import { useReaders } from "./readers.ts";

const people = new People(inject("address"));
const open = useReaders();
const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

test("somebody is suggested whom those one follows follow, on a phone, and followed there", async () => {
  const [viewer, friend, other] = [
    await people.join("Viewer"),
    await people.join("Friend"),
    await people.join("Other"),
  ];
  await people.follow(viewer, friend);
  await people.follow(friend, other);
  const reader = await open(PHONE);
  await reader.signIn(viewer);
  const { page } = reader;
  await page.getByRole("link", { name: "Find" }).click();
  const follow = page.getByRole("button", { name: `Follow @${other.handle}` });
  await follow.waitFor();
  expect(await violations(reader)).toEqual([]);
  expect(await overhang(reader)).toBeLessThanOrEqual(0);
  await follow.click();
  await page.getByRole("button", { name: `Following @${other.handle}` }).waitFor();
  expect(await page.locator(".toast").count()).toBe(0);
});

test("an unfollow, a mute and a block can be undone, and the lists show whom one does not see", async () => {
  const [viewer, friend] = await people.friends("Viewer", "Friend");
  if (viewer === undefined || friend === undefined) throw new Error("two joined");
  const reader = await open();
  await reader.signIn(viewer, `/@${friend.handle}`);
  const { page } = reader;
  const toast = page.locator(".toast");
  await page.getByRole("button", { name: `Following @${friend.handle}` }).click();
  await toast.getByText(`You do not follow @${friend.handle} any more.`).waitFor();
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: `Following @${friend.handle}` }).waitFor();
  await page.getByRole("button", { name: "Mute", exact: true }).click();
  await toast.getByText(`You have muted @${friend.handle}.`).waitFor();
  expect(await toast.count()).toBe(1);
  await page.getByRole("link", { name: "Muted and blocked" }).click();
  const unmute = page.getByRole("button", { name: `Unmute @${friend.handle}` });
  await unmute.waitFor();
  expect(await violations(reader)).toEqual([]);
  await unmute.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: `Mute @${friend.handle}` }).waitFor();
  await reader.go(`/@${friend.handle}`);
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await toast.getByText(`You have blocked @${friend.handle}.`).waitFor();
  await toast.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: `Following @${friend.handle}` }).waitFor();
});

test("on a phone the places are at the thumb, the rest is in a menu, and the keyboard reaches both", async () => {
  const viewer = await people.join("Viewer");
  const reader = await open(PHONE);
  await reader.signIn(viewer);
  const { page } = reader;
  const bar = page.getByRole("navigation", { name: "Main" });
  const box = await bar.boundingBox();
  expect(Math.round((box?.y ?? 0) + (box?.height ?? 0))).toBe(640);
  for (const name of ["Home", "Find", /your profile/]) {
    expect(await bar.getByRole("link", { name }).isVisible()).toBe(true);
  }
  const menu = page.getByLabel("Menu");
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.locator(".menu").getByRole("button", { name: "Sign out" }).waitFor();
  expect(await violations(reader)).toEqual([]);
  await page.keyboard.press("Escape");
  expect(await page.locator(".menu").getByRole("button", { name: "Sign out" }).isVisible()).toBe(
    false,
  );
});
