/** What the lock file says of every package that an installation brings: where from, under which licence. */
import { z } from "zod";

/** Where packages may come from; a lock file that names no address takes the configured registry's. */
const REGISTRY = "https://registry.npmjs.org/";

/** Licences that ask for a notice and no more. */
const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-4.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Python-2.0",
]);
/** Tools under another licence, which has no effect on what is shipped, because they are no part of it. */
const TOOLS: readonly (readonly [name: RegExp, licences: readonly string[]])[] = [
  [/^axe-core$/, ["MPL-2.0"]],
  [/^lightningcss(-.+)?$/, ["MPL-2.0"]],
  [/^fast-sha256$/, ["Unlicense"]],
  [/^@img\/sharp-.+$/, ["LGPL-3.0-or-later"]],
];

const packageSchema = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  deprecated: z.string().optional(),
});
type Package = z.infer<typeof packageSchema>;

const lockSchema = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), packageSchema),
});
/** A package-lock.json. */
export type Lock = z.input<typeof lockSchema>;

/** What package.json allows. */
export interface Policy {
  /** Folders of packages that are part of the repository. */
  workspaces: readonly string[];
  /** Packages whose install scripts somebody has looked at: whether they run. */
  allowScripts: Readonly<Record<string, boolean>>;
}

/** A package that is installed from a registry. */
export interface Installed {
  name: string;
  version: string;
  licence: string;
  /** Whether only development needs it. */
  isTool: boolean;
}

/** The packages of a lock file that come from a registry, by name. */
export function installedBy(lock: unknown, { workspaces }: Policy): Installed[] {
  return entriesOf(lock, workspaces)
    .map(([path, entry]) => ({
      name: nameOf(path, entry),
      version: entry.version ?? "",
      licence: entry.license ?? "none",
      isTool: entry.dev === true,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Everything that is wrong with a lock file, a line each. */
export function faultsOf(lock: unknown, policy: Policy): string[] {
  return entriesOf(lock, policy.workspaces).flatMap(([path, entry]) => {
    const name = nameOf(path, entry);
    const isAllowed = isLicensed(name, entry);
    const faults = [
      entry.link === true && "is a link to a folder that is no workspace",
      !/^\d+\.\d+\.\d+/.test(entry.version ?? "") && "has no version of a registry",
      entry.resolved?.startsWith(REGISTRY) === false && "comes from another address",
      !/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? "") && "has no sha512 checksum",
      entry.deprecated !== undefined && `is deprecated: ${entry.deprecated}`,
      entry.hasInstallScript === true &&
        !(name in policy.allowScripts) &&
        "has an install script that allowScripts of package.json does not decide on",
      !isAllowed && `has the licence ${entry.license ?? "none"}`,
    ];
    return faults.filter((fault) => fault !== false).map((fault) => `${name} ${fault}`);
  });
}

function entriesOf(lock: unknown, workspaces: readonly string[]): [string, Package][] {
  return Object.entries(lockSchema.parse(lock).packages).filter(
    ([path, { link, resolved }]) =>
      path !== "" &&
      !workspaces.includes(path) &&
      !(link === true && workspaces.includes(resolved ?? "")),
  );
}

/** A package's name: an alias is installed in the folder of another one. */
function nameOf(path: string, { name }: Package): string {
  return name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** Whether a package may be installed, of which one side of an OR has to be allowed and every side of an AND. */
function isLicensed(name: string, { license = "none", dev }: Package): boolean {
  const asTool = dev === true ? TOOLS.flatMap(([tool, some]) => (tool.test(name) ? some : [])) : [];
  const sides = (text: string, operator: string) => text.split(` ${operator} `);
  return sides(license.replaceAll(/[()]/g, ""), "OR").some((choice) =>
    sides(choice, "AND").every((one) => PERMISSIVE.has(one) || asTool.includes(one)),
  );
}
