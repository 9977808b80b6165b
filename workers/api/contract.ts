/** Parts of the routes' contracts. */
import { z } from "@hono/zod-openapi";
import { COMMON_PROBLEMS, PROBLEMS, type ProblemCode } from "../../feed/problem.ts";
import { userRefSchema } from "../../feed/wire-requests.ts";
import { problemSchema } from "../../feed/wire.ts";

/** A JSON body of an answer. @param example instead of that of the schema */
export function json<T extends z.ZodType>(
  schema: T,
  description: string,
  ...[example]: z.output<T>[]
) {
  const media = example === undefined ? { schema } : { schema, example };
  return { description, content: { "application/json": media } };
}

/** A JSON body of a request. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } };
}

/** The failures that a route may answer, by status, with those of every route. */
export function problems(...codes: ProblemCode[]) {
  const all = new Set<ProblemCode>([...codes, ...COMMON_PROBLEMS]);
  const byStatus = Map.groupBy(all, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.map((code) => `\`${code}\``).join(", "),
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}

/** The query of a route without parameters: unknown ones are an error. */
export const noQuery = z.strictObject({});

/** Marks a route that needs a token, and one whose answer has more with one. */
export const TOKEN_NEEDED = [{ token: [] }];
export const TOKEN_OPTIONAL = [{ token: [] }, {}];

/** `{user}` and `{id}` of paths. */
export const userParams = z.object({ user: userRefSchema });
export const postParams = z.object({
  id: z.string().meta({ description: "The id of a post.", example: "1GB3Q7N8K0000000" }),
});

/** A parameter that is `true` or `false`, and false without a value. */
export const switchSchema = z
  .enum(["true", "false"])
  .default("false")
  .meta({ type: "boolean", default: false });
