/** A Skein on some of the project's databases. */
import { env as bindings } from "cloudflare:workers";
import { World } from "../world.ts";

/** A world on the first `shards` of the 64 databases. */
export function worldOn(shards: number, changed: Record<string, unknown> = {}): World {
  const others = Object.keys(bindings).filter(
    (name) => name.startsWith("DB_") && Number(name.slice(3)) >= shards,
  );
  const without = Object.fromEntries(others.map((name) => [name, undefined]));
  return new World({ ...without, ...changed });
}
