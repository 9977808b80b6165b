/** What administrators may do: the scopes of their keys, and which call needs which. */

/** `metrics` reads figures, `import` imports, `mint` makes tokens for accounts, `operate` does all else. */
export const ADMIN_SCOPES = ["metrics", "import", "mint", "operate"] as const;
export type AdminScope = (typeof ADMIN_SCOPES)[number];

/** Who acts: the holder of the ADMIN_TOKEN, or of a key. */
export interface Administrator {
  /** The id of a key, or `root`. */
  id: string;
  /** Null may do everything. */
  scopes: readonly AdminScope[] | null;
}

/** A key as it is listed; nobody can read its token again. Times are milliseconds of the epoch. */
export interface AdminKey {
  id: string;
  name: string;
  scopes: AdminScope[];
  createdMs: number;
  expiresMs: number;
}

/** A use of an administrator's call that changes something, or several equal ones within a minute. */
export interface AdminUse {
  seq: number;
  atMs: number;
  /** The id of a key, or `root`. */
  by: string;
  /** Method and path. */
  operation: string;
  /** The id of the account that it was about, if it was about one. */
  subject: string | null;
  /** How often. */
  times: number;
  /** The `x-request-id` of the last one. */
  requestId: string;
}

const SCOPE_OF_PATH: readonly (readonly [prefix: string, scope: AdminScope])[] = [
  ["/metrics", "metrics"],
  ["/v1/admin/figures", "metrics"],
  ["/v1/admin/import", "import"],
  ["/v1/admin/tokens", "mint"],
];

/** The scope that a key needs for calls of a path; null where no key suffices, but the ADMIN_TOKEN alone. */
export function neededScope(path: string): AdminScope | null {
  // A key that could make keys could give itself every scope.
  if (path.startsWith("/v1/admin/keys")) return null;
  return SCOPE_OF_PATH.find(([prefix]) => path === prefix)?.[1] ?? "operate";
}

/** Whether an administrator may make calls of a path. */
export function mayUse({ scopes }: Administrator, path: string): boolean {
  if (scopes === null) return true;
  const needed = neededScope(path);
  return needed !== null && scopes.includes(needed);
}
