/** The training log of a running Skein. */
import { z } from "zod";
import type { SkeinClient } from "../skein-client.ts";

const partSchema = z.object({ items: z.array(z.string()), next: z.string().nullable() });

/** Reads the log, line by line. @param recent includes pages whose actions may still grow */
export async function* logOfSkein(
  client: SkeinClient,
  token: string,
  recent: boolean,
): AsyncGenerator<string> {
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const path = `/v1/admin/rank-log?recent=${recent}${query}`;
    const part: z.infer<typeof partSchema> = await client.json(partSchema, path, { token });
    yield* part.items;
    cursor = part.next;
  } while (cursor !== null);
}
