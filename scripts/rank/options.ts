/** Flags of the ranking commands. */
import { parseArgs } from "node:util";
import { CommandError } from "../project.ts";

/** Reads flags that all take a value. @throws CommandError for a flag that is not among `names` */
export function readFlags(names: readonly string[]): (name: string) => string | null {
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" } as const]));
  try {
    const { values } = parseArgs({ options });
    return (name) => {
      const value = values[name];
      return typeof value === "string" && value !== "" ? value : null;
    };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${what}\nFlags: ${names.map((name) => `--${name}`).join(", ")}.`);
  }
}

/** The value of a required flag. */
export function needed(value: string | null, usage: string): string {
  if (value === null) throw new CommandError(`Usage: ${usage}`);
  return value;
}

/** A whole number within bounds; without the flag, the usual one. */
export function wholeNumber(
  value: string | null,
  { usual, min, max }: { usual: number; min: number; max: number },
  flag: string,
): number {
  const number = value === null ? usual : Number(value);
  if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
  throw new CommandError(`${flag} is a whole number from ${min} to ${max}, not ${value}.`);
}

/** A share from 0 to 1; without the flag, the usual one. */
export function share(value: string | null, usual: number, flag: string): number {
  const number = value === null ? usual : Number(value);
  if (number >= 0 && number <= 1) return number;
  throw new CommandError(`${flag} is a number from 0 to 1, not ${value}.`);
}
