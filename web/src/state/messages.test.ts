import { beforeEach, expect, test } from "vitest";
import { forgetToasts, settled, toast, toasts } from "./messages.ts";

beforeEach(() => forgetToasts());

const texts = () => toasts.get().map(({ text }) => text);

test("one message is on show, the last one", () => {
  toast({ text: "Not sent.", problem: true, about: "draft" });
  toast({ text: "Not liked.", problem: true, about: "like 1" });
  expect(texts()).toEqual(["Not liked."]);
});

test("a message goes when what it is about is settled", () => {
  toast({ text: "Not liked.", problem: true, about: "like 1" });
  settled("like 2");
  expect(texts()).toEqual(["Not liked."]);
  settled("like 1");
  expect(texts()).toEqual([]);
});
