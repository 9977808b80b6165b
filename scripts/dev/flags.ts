/** The flags of `wrangler dev` that the scripts also read; wrangler gets all flags. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { WRANGLER_CONFIG } from "../project.ts";

export interface DevFlags {
  /** The configuration file, absolute. */
  config: string;
  /** The data folder, absolute: wrangler's default unless `--persist-to` names another. */
  persistTo: string;
  /** The port of the flag; null leaves it to the configuration. */
  port: number | null;
  /** The address of the flag; null is wrangler's default, localhost. */
  ip: string | null;
  /** The variables of `--var NAME:VALUE`. */
  vars: ReadonlyMap<string, string>;
  /** Whether `--log-level` is among the flags. */
  setsLogLevel: boolean;
}

const text = { type: "string" } as const;

/** Reads the flags that follow `npm run dev --`. Unknown ones are for wrangler. */
export function readDevFlags(args: readonly string[], cwd: string): DevFlags {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: {
      config: { ...text, short: "c" },
      "persist-to": text,
      // wrangler takes every flag in camel case as well.
      persistTo: text,
      port: text,
      ip: text,
      "log-level": text,
      logLevel: text,
    },
  });
  const given = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  const port = given(values["port"]);
  const config = given(values["config"]);
  const persistTo = given(values["persist-to"]) ?? given(values["persistTo"]);
  return {
    config: config === null ? WRANGLER_CONFIG : resolve(cwd, config),
    persistTo: resolve(cwd, persistTo ?? ".wrangler/state"),
    port: port === null ? null : Number(port),
    ip: given(values["ip"]),
    vars: varsOf(args),
    setsLogLevel: (given(values["log-level"]) ?? given(values["logLevel"])) !== null,
  };
}

/** `--var` takes several values in a row, so every argument of the form NAME:VALUE counts. */
function varsOf(args: readonly string[]): Map<string, string> {
  return new Map(
    args.flatMap((arg): [string, string][] => {
      const found = /^(?:--var=)?([A-Z_][A-Z0-9_]*):(.*)$/s.exec(arg);
      return found === null ? [] : [[found[1] ?? "", found[2] ?? ""]];
    }),
  );
}
