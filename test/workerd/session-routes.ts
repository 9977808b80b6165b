/** The routes of sessions, passwords and other issuers, for the tests of bad input. */
import { badText, NOBODY, type Route } from "./refusals.ts";

export const SESSION_ROUTES: Record<string, Route> = {
  "post /v1/sessions": {
    path: () => "/v1/sessions",
    body: () => ({ handle: "ada", password: "long enough" }),
    refusals: [
      {
        why: "an account without a password",
        code: "bad_credentials",
        body: { handle: "ada", password: "" },
      },
      {
        why: "an unknown handle",
        code: "bad_credentials",
        body: { handle: "nobody' OR 1=1", password: "long enough" },
      },
    ],
  },
  "post /v1/sessions/refresh": {
    path: () => "/v1/sessions/refresh",
    // A forged token: the tests of sessions use real ones.
    body: () => ({ refreshToken: "x".repeat(99) }),
    refusals: [
      {
        why: "a refresh token of nothing",
        code: "unauthenticated",
        anonymous: true,
        body: { refreshToken: "" },
      },
    ],
  },
  "get /v1/sessions": { path: () => "/v1/sessions" },
  "delete /v1/sessions": { path: () => "/v1/sessions" },
  "delete /v1/sessions/{id}": {
    path: () => `/v1/sessions/current`,
    refusals: [
      { why: "a session of nobody", code: "not_found", path: () => `/v1/sessions/${NOBODY}` },
    ],
  },
  "put /v1/me/password": {
    path: () => "/v1/me/password",
    body: () => ({ current: "long enough", new: "long enough, too" }),
    refusals: [
      ...badText("new", ["", "seven77", "p".repeat(129)], { current: "long enough" }),
      {
        why: "a wrong password",
        code: "bad_credentials",
        body: { current: "wrong", new: "long enough" },
      },
    ],
  },
  "put /v1/me/identities/{issuer}": {
    path: () => "/v1/me/identities/https%3A%2F%2Fid.example",
    body: () => ({ token: "x.y.z" }),
    refusals: [
      { why: "an issuer that nobody trusts", code: "not_found", body: { token: "x.y.z" } },
    ],
  },
  "delete /v1/me/identities/{issuer}": {
    path: () => "/v1/me/identities/https%3A%2F%2Fid.example",
  },
  "post /v1/live/tickets": { path: () => "/v1/live/tickets" },
};
