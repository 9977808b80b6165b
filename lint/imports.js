import { dirname, relative, resolve, sep } from "node:path";
import { z } from "zod";

/** What the files of a folder may import. An absent list allows everything. */
const Allowed = z.strictObject({
  /** Top-level folders of this repository; "." is its root. */
  folders: z.array(z.string()).optional(),
  /** Packages, with their subpaths; a name that ends in ":" allows the whole scheme. */
  packages: z.array(z.string()).optional(),
  /** Packages that are refused whatever the other lists say. */
  never: z.array(z.string()).optional(),
  /**
   * Rooms of the folder (its subfolders), from the top down: a room imports those below it, so that no
   * two rooms import each other. Files at the folder's root are shared by all rooms and import any.
   */
  rooms: z.array(z.string()).optional(),
});

/**
 * Refuses imports against the arrows of the architecture. Oxlint's own `no-restricted-imports` compares
 * only spellings of paths, takes no list of allowed ones, and does not check `import()`.
 *
 * @type {import("./rule.ts").Rule}
 */
export const imports = {
  meta: { schema: false },
  create(context) {
    const allowed = Allowed.parse(context.options[0]);
    /** @param {{ range: [number, number], value?: unknown } | null} source */
    const check = (source) => {
      if (typeof source?.value !== "string") return;
      const message = complaint(allowed, source.value, relative(context.cwd, context.filename));
      if (message !== null) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source),
    };
  },
};

/**
 * The message about a forbidden import, or null.
 *
 * @param {z.infer<typeof Allowed>} allowed
 * @param {string} specifier
 * @param {string} file The importing file's path from the repository's root.
 */
function complaint({ folders, packages, never = [], rooms }, specifier, file) {
  if (specifier.startsWith(".")) {
    const target = relative(".", resolve(dirname(file), specifier)).split(sep);
    const folder = target.length > 1 ? (target[0] ?? ".") : ".";
    if (folders !== undefined && !folders.includes(folder)) {
      return `This folder imports only from ${folders.join("/, ")}/, not from ${folder}/.`;
    }
    return rooms === undefined ? null : roomComplaint(rooms, file.split(sep), target);
  }
  /** @param {string} name */
  const named = (name) => isBelow(name, specifier);
  if (never.some(named)) return `This folder never imports ${specifier}.`;
  return packages === undefined || packages.some(named)
    ? null
    : `This folder does not import ${specifier}. If it should, allow it in .oxlintrc.json.`;
}

/**
 * The message about a forbidden import from one room of a folder into another, or null.
 *
 * @param {readonly string[]} rooms
 * @param {readonly string[]} importer The importing file's path, cut at the separators.
 * @param {readonly string[]} target The imported file's.
 */
function roomComplaint(rooms, importer, target) {
  const [from, to] = [importer, target].map((path) => (path.length > 2 ? path[1] : undefined));
  if (importer[0] !== target[0] || from === undefined || to === undefined || from === to)
    return null;
  for (const room of [from, to]) {
    if (!rooms.includes(room)) return `${room}/ is not in the list of rooms in .oxlintrc.json.`;
  }
  if (rooms.indexOf(from) < rooms.indexOf(to)) return null;
  return `${from}/ does not import from ${to}/: rooms import those below them in .oxlintrc.json.`;
}

/**
 * @param {string} name
 * @param {string} specifier
 */
function isBelow(name, specifier) {
  if (name.endsWith(":")) return specifier.startsWith(name);
  return specifier === name || specifier.startsWith(`${name}/`);
}
