/** The flags of `npm run demo`: its own, and those that go on to wrangler. */
import { CommandError } from "../project.ts";

export interface DemoOptions {
  /** An edge list of who follows whom; null for the graph of a package. */
  graph: string | null;
  /** An activity file to play; null for made-up posts. */
  trace: string | null;
  /** Whether each line of the edge list means both directions. */
  mutual: boolean;
  /** The flags for wrangler. */
  wrangler: readonly string[];
}

/** Reads the flags of the demo. @throws CommandError if a flag has no value */
export function readDemoOptions(args: readonly string[]): DemoOptions {
  const files: Record<"graph" | "trace", string | null> = { graph: null, trace: null };
  const wrangler: string[] = [];
  let mutual = false;
  for (let n = 0; n < args.length; n++) {
    const arg = args[n] ?? "";
    const [, name, given] = /^--(graph|trace)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === "graph" || name === "trace") {
      const path = given ?? args[++n];
      if (path === undefined || path === "") throw new CommandError(`--${name} needs a file.`);
      files[name] = path;
    } else if (arg === "--mutual") {
      mutual = true;
    } else {
      wrangler.push(arg);
    }
  }
  return { ...files, mutual, wrangler };
}
