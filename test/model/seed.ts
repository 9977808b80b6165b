/** The seed and the size of a random run. The environment can ask for others. */

/** Whether this is the long run, `npm run test:long`; `npm test` is shorter, because people wait for it. */
const IS_LONG_RUN = process.env["LONG_RUN"] === "on";

/** The size of a run that is smaller in `npm test`. */
export function sizeOf<T>({ short, long }: { short: T; long: T }): T {
  return IS_LONG_RUN ? long : short;
}

/** `MODEL_SEED` in the environment, else the usual seed. */
export function seedOr(usual: number): number {
  return numberOr("MODEL_SEED", usual);
}

/** `MODEL_OPERATIONS` in the environment, else the usual number. */
export function operationsOr(usual: number): number {
  return numberOr("MODEL_OPERATIONS", usual);
}

/** Runs a test's body so that a failure names the seed that repeats it. */
export async function withSeed(seed: number, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`MODEL_SEED=${seed} repeats this: ${what}`, { cause: error });
  }
}

function numberOr(name: string, usual: number): number {
  const value = process.env[name];
  return value === undefined || value === "" ? usual : Number(value);
}
