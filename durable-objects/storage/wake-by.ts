/** The alarm of an object, which has one alarm for all of its work. */

/** Sets the alarm, unless an earlier one is set. @param atMs in milliseconds since 1970 */
export async function wakeBy(
  storage: Pick<DurableObjectStorage, "getAlarm" | "setAlarm">,
  atMs: number,
): Promise<void> {
  const set = await storage.getAlarm();
  if (set === null || set > atMs) await storage.setAlarm(atMs);
}
