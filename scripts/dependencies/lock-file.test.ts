import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../project.ts";
import { faultsOf, installedBy, type Lock } from "./lock-file.ts";

const POLICY = { workspaces: ["client"], allowScripts: { built: false } };
const GOOD = {
  version: "1.2.3",
  integrity: `sha512-${"A".repeat(86)}==`,
  license: "MIT",
};

function lockOf(packages: Lock["packages"]): Lock {
  return { lockfileVersion: 3, packages: { "": {}, client: {}, ...packages } };
}

it("a lock file of checked packages under permissive licences has no fault", () => {
  const lock = lockOf({
    "node_modules/client": { link: true, resolved: "client" },
    "node_modules/one": { ...GOOD, resolved: "https://registry.npmjs.org/one/-/one-1.2.3.tgz" },
    "node_modules/one/node_modules/@two/three": { ...GOOD, license: "(GPL-3.0 OR MIT)" },
    "node_modules/built": { ...GOOD, hasInstallScript: true },
    "node_modules/axe-core": { ...GOOD, license: "MPL-2.0", dev: true },
  });
  expect(faultsOf(lock, POLICY)).toEqual([]);
  expect(installedBy(lock, POLICY).map(({ name }) => name)).toEqual([
    "@two/three",
    "axe-core",
    "built",
    "one",
  ]);
});

it.each([
  ["another address", { resolved: "https://example.org/one.tgz" }, "another address"],
  ["an address like the registry's", { resolved: "https://registry.npmjs.org.example" }, "address"],
  ["a repository", { version: "git+ssh://git@example.org/one.git" }, "no version"],
  ["no checksum", { integrity: "" }, "checksum"],
  ["a weak checksum", { integrity: "sha1-AAAA" }, "checksum"],
  ["an unknown licence", { license: "SSPL-1.0" }, "licence SSPL-1.0"],
  ["a licence that needs both sides", { license: "MIT AND GPL-3.0" }, "licence"],
  ["an install script that nobody decided on", { hasInstallScript: true }, "install script"],
  ["a deprecation", { deprecated: "use two" }, "deprecated: use two"],
  ["a link out of the repository", { link: true, resolved: "../one" }, "no workspace"],
])("a package with %s is a fault", (_, changed, fault) => {
  const faults = faultsOf(lockOf({ "node_modules/one": { ...GOOD, ...changed } }), POLICY);
  expect(faults.some((line) => line.startsWith("one ") && line.includes(fault))).toBe(true);
});

it("a package without any licence is a fault", () => {
  const { version, integrity } = GOOD;
  expect(faultsOf(lockOf({ "node_modules/one": { version, integrity } }), POLICY)).toEqual([
    "one has the licence none",
  ]);
});

it("a tool's licence is refused for what is shipped", () => {
  const lock = lockOf({ "node_modules/axe-core": { ...GOOD, license: "MPL-2.0" } });
  expect(faultsOf(lock, POLICY)).toEqual(["axe-core has the licence MPL-2.0"]);
});

it("CI checks the dependencies before it builds anything", async () => {
  const ci = await readFile(join(ROOT, ".ci/run"), "utf8");
  expect(ci.indexOf("gate dependencies")).toBeGreaterThan(ci.indexOf("gate install"));
  expect(ci.indexOf("gate dependencies")).toBeLessThan(ci.indexOf("gate build"));
});
