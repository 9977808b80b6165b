/** The routes of an account's end and export, and of administrators' keys, for the tests of bad input. */
import { badField, badText, type Route } from "./refusals.ts";

const KEY = { name: "imports", scopes: ["import"] };

export const ACCOUNT_ROUTES: Record<string, Route> = {
  "delete /v1/me": {
    path: () => "/v1/me",
    body: () => ({ password: "long enough" }),
  },
  "get /v1/me/export": {
    path: () => "/v1/me/export",
    refusals: badField("cursor", ["", "garbage"]),
  },
  "put /v1/admin/accounts/{handle}/state": {
    path: () => "/v1/admin/accounts/bob/state",
    body: () => ({ state: "suspended" }),
    refusals: [
      ...badText("state", ["", "gone"], {}),
      {
        why: "a handle of nobody",
        code: "not_found",
        path: () => "/v1/admin/accounts/nobody_at_all/state",
        body: { state: "suspended" },
      },
    ],
  },
  "get /v1/admin/accounts/{handle}/export": {
    path: () => "/v1/admin/accounts/bob/export",
    refusals: [
      ...badField("cursor", ["", "garbage"]),
      {
        why: "a handle of nobody",
        code: "not_found",
        path: () => "/v1/admin/accounts/nobody_at_all/export",
      },
    ],
  },
  "post /v1/admin/keys": {
    path: () => "/v1/admin/keys",
    body: () => KEY,
    refusals: [
      ...badText("name", ["", " "], KEY),
      ...badText("expiresAt", ["tomorrow", "2020-01-01T00:00:00Z"], KEY),
      {
        why: "no scope",
        code: "invalid_request",
        body: { ...KEY, scopes: [] },
        fields: ["scopes"],
      },
    ],
  },
  "get /v1/admin/keys": { path: () => "/v1/admin/keys" },
  "delete /v1/admin/keys/{id}": {
    path: () => "/v1/admin/keys/0011223344556677",
    refusals: [
      { why: "a key of nobody", code: "not_found", path: () => "/v1/admin/keys/7766554433221100" },
    ],
  },
  "get /v1/admin/uses": {
    path: () => "/v1/admin/uses",
    refusals: badField("cursor", ["", "garbage", "-1"]),
  },
};
