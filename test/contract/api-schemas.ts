/** Schemas of the published document for people: types in words, tables of fields, examples. */

/** The parts of a schema that the page shows. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  description?: string;
  example?: unknown;
  enum?: readonly unknown[];
  properties?: Record<string, Schema>;
  required?: readonly string[];
  items?: Schema;
  prefixItems?: readonly Schema[];
  additionalProperties?: boolean | Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  default?: unknown;
  format?: string;
}

/** A field as a row of a table. */
export interface Row {
  name: string;
  type: string;
  meaning: string;
  /** The part of a request that has it. */
  in?: string;
}

/** The longest example that stands in a line of text. */
const SHORT_CHARS = 90;

/** The name of the schema that a reference leads to. */
export function nameOf({ $ref }: Schema): string | null {
  return $ref?.split("/").at(-1) ?? null;
}

/** Unions that have sections of their own, by their addresses in the page. */
const UNIONS: Readonly<Record<string, string>> = { Event: "events", Frame: "frames" };

/** A link to the section of a schema. */
export function linkTo(name: string): string {
  const union = UNIONS[name];
  if (union !== undefined) return `[${name}](#${union})`;
  return `[${name}](#${name.toLowerCase()}-schema)`;
}

/** What a list of the API has in its pages; null for what is no such list. */
export function itemsOf({ properties = {} }: Schema): Schema | null {
  const { items, next, ...more } = properties;
  return next === undefined || Object.keys(more).length > 0 ? null : (items?.items ?? null);
}

/** The schemas of which a union consists; null for what is no union of named ones. */
export function alternatives({ anyOf, oneOf }: Schema): string[] | null {
  const names = (oneOf ?? anyOf)?.map((one) => nameOf(one)).filter((name) => name !== null);
  return names === undefined || names.length === 0 ? null : names;
}

/** The type of a value in words. */
export function typeOf(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== null) return linkTo(name);
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined) return parts.map((part) => typeOf(part)).join(" or ");
  if (schema.enum !== undefined) return schema.enum.map((one) => code(one)).join(" or ");
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["any"]);
  return types.map((type) => plainType(type, schema)).join(" or ");
}

function plainType(type: string, schema: Schema): string {
  if (type === "array") return listType(schema);
  if (type === "string" && schema.format === "date-time") return "time";
  if (type === "object" && typeof schema.additionalProperties === "object") {
    return schema.properties === undefined ? "object of any keys" : "object";
  }
  return type === "null" ? "`null`" : type;
}

function listType({ items, prefixItems }: Schema): string {
  if (prefixItems !== undefined) return `[${prefixItems.map((one) => typeOf(one)).join(", ")}]`;
  return `list of ${items === undefined ? "anything" : typeOf(items)}`;
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

/** The bounds and the default of a value, in words. */
export function boundsOf(schema: Schema): string[] {
  const bounds = [
    between(schema.minimum, schema.maximum, ""),
    between(schema.minLength, schema.maxLength, " characters"),
    between(schema.minItems, schema.maxItems, " items"),
  ].filter((text) => text !== null);
  return schema.default === undefined ? bounds : [...bounds, `default ${code(schema.default)}`];
}

function between(least: number | undefined, most: number | undefined, of: string): string | null {
  if (least !== undefined && most !== undefined && most < Number.MAX_SAFE_INTEGER) {
    return `${least} to ${most}${of}`;
  }
  if (most !== undefined && most < Number.MAX_SAFE_INTEGER) return `at most ${most}${of}`;
  return least === undefined || least <= 0 ? null : `at least ${least}${of}`;
}

/** The fields of an object; those of an object inside it follow it, under its name and a dot. */
export function fieldsOf(schema: Schema, prefix = ""): Row[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner = field.items ?? field;
    const own = {
      name: `${prefix}${name}`,
      type: [typeOf(field), ...boundsOf(field), ...(required.has(name) ? [] : ["optional"])].join(
        ", ",
      ),
      meaning: field.description ?? "",
    };
    const inside = `${own.name}${field.items === undefined ? "." : "[]."}`;
    return [own, ...(inner.$ref === undefined ? fieldsOf(inner, inside) : [])];
  });
}

/** A table in Markdown; nothing without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [lines.join("\n")];
}

/** A table of fields, without the columns that would be empty. */
export function fieldTable(rows: readonly Row[]): string[] {
  const columns = [
    { head: "field", cell: ({ name }: Row) => `\`${name}\`` },
    { head: "in", cell: (row: Row) => row.in ?? "" },
    { head: "type", cell: ({ type }: Row) => type },
    { head: "meaning", cell: ({ meaning }: Row) => meaning },
  ].filter(({ cell }) => rows.some((row) => cell(row) !== ""));
  return table(
    columns.map(({ head }) => head),
    rows.map((row) => columns.map(({ cell }) => cell(row))),
  );
}

/** An example, on a line of its own or as a block, whose lines prettier breaks. */
export function shown(example: unknown): string {
  const text = JSON.stringify(example);
  return isShort(example) ? `\`${text}\`` : `\`\`\`json\n${text}\n\`\`\``;
}

/** Whether an example fits a line of text. */
export function isShort(example: unknown): boolean {
  return JSON.stringify(example).length <= SHORT_CHARS;
}
