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
])("is unavailable, and worth a retry, after %s", (text) => {
  expect(kindOf(text)).toBe(StoreUnavailable);
  expect(kindOf(new Error(text))).toBe(StoreUnavailable);
});

it.each([
  "ERR max single record size exceeded. Limit: 104857600",
  "ERR max request size exceeded. Limit: 1048576 bytes",
])("is an error that no retry helps, with the request quoted or not, after %s", (text) => {
  expect(kindOf(text)).toBe(Error);
  expect(kindOf(new Error(`${text}, command was: ["EVAL"]`))).toBe(Error);
});

it("a script's own fault is an error, and a lost request is unavailable", () => {
  expect(kindOf("ERR user_script:3: attempt to index a nil value")).toBe(Error);
  expect(kindOf(new TypeError("fetch failed"))).toBe(StoreUnavailable);
});

it("a refused token is WrongCredentials, unless the request merely quotes such a text", () => {
  expect(kindOf(new Error("Unauthorized"))).toBe(WrongCredentials);
  expect(kindOf("WRONGPASS invalid or missing auth token")).toBe(WrongCredentials);
  const quoting = new Error('fetch failed, command was: ["SET","text","unauthorized"]');
  expect(kindOf(quoting)).toBe(StoreUnavailable);
});

it("no error message contains the request or the password", () => {
  const failure = failureOf(new Error('ERR, command was: ["SET","secret"]'), URL_OF_ONE);
  expect(failure.message).toBe("one.upstash.io: ERR");
});
