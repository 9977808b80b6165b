/** A count, or null if it could not be had. */
export async function orNull(count: Promise<number>): Promise<number | null> {
  try {
    return await count;
  } catch (error) {
    console.warn("a backlog could not be read", String(error));
    return null;
  }
}
