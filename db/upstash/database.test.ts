import { expect, it } from "vitest";
import { StoreUnavailable } from "../store.ts";
import { failureOf, WrongCredentials } from "./database.ts";

const URL_OF_ONE = "https://default:hidden@one.upstash.io";
const kindOf = (error: unknown) => failureOf(error, URL_OF_ONE).constructor;

it.each([
  "ERR DB capacity quota exceeded. Stop DB writes.",
  "ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.",
  "ERR max requests limit exceeded. Limit: 500000, Usage: 500000.",
  "ERR max concurrent connections exceeded",
  "OOM command not allowed when used memory > 'maxmemory'. script: 12ab, on @user_script:4.",
  "LOADING Redis is loading the dataset in memory",
  "READONLY You can't write against a read only replica.",
])("%s: may pass", (text) => {
  expect(kindOf(text)).toBe(StoreUnavailable);
  expect(kindOf(new Error(text))).toBe(StoreUnavailable);
});

it.each([
  "ERR max single record size exceeded. Limit: 104857600",
  "ERR max request size exceeded. Limit: 1048576 bytes",
])("%s: stays, however it is told", (text) => {
  expect(kindOf(text)).toBe(Error);
  expect(kindOf(new Error(`${text}, command was: ["EVAL"]`))).toBe(Error);
});

it("what a script did wrong is a bug, and what was lost on the way may pass", () => {
  expect(kindOf("ERR user_script:3: attempt to index a nil value")).toBe(Error);
  expect(kindOf(new TypeError("fetch failed"))).toBe(StoreUnavailable);
});

it("a token that is no good is told apart, but not by what was sent", () => {
  expect(kindOf(new Error("Unauthorized"))).toBe(WrongCredentials);
  expect(kindOf("WRONGPASS invalid or missing auth token")).toBe(WrongCredentials);
  const quoting = new Error('fetch failed, command was: ["SET","text","unauthorized"]');
  expect(kindOf(quoting)).toBe(StoreUnavailable);
});

it("no failure tells the request or the password", () => {
  const failure = failureOf(new Error('ERR, command was: ["SET","secret"]'), URL_OF_ONE);
  expect(failure.message).toBe("one.upstash.io: ERR");
});
