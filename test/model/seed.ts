/** What a run is made from; the environment can ask for another one. */

/** `MODEL_SEED` in the environment, or the one that every run has had so far. */
export function seedOr(usual: number): number {
  return numberOr("MODEL_SEED", usual);
}

/** `MODEL_OPERATIONS` in the environment, or as many as usual. */
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
  const asked = process.env[name];
  return asked === undefined || asked === "" ? usual : Number(asked);
}
