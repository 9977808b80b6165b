/** CPU time and allocations of a page, beside those of its floor of one object call. */
import { Inspector } from "./inspector.ts";
import { quantile } from "./ratios.ts";
import type { Runtime } from "./runtime.ts";
import { batch, type Sender } from "./slices.ts";

/** Figures of one answer, in the isolate of the Worker and its objects. */
export interface Cost {
  cpuMs: number;
  allocatedKib: number;
}

export interface Profile {
  name: string;
  page: Cost;
  floor: Cost;
}

/** Profiles of each kind; the figures are their medians. */
const PROFILES = 5;
/** Answers in one profile of a page; a floor needs more, because it takes so few samples. */
const PAGES = 200;
const FLOORS = 800;

/** Profiles a page and its floor. The runtime must be idle otherwise. */
export async function profile(
  { inspector }: Runtime,
  { name, page, floor }: { name: string; page: readonly Sender[]; floor: readonly Sender[] },
): Promise<Profile> {
  return {
    name,
    page: await costOf(await Inspector.attach(inspector, "skein"), page, PAGES),
    floor: await costOf(await Inspector.attach(inspector, "floors"), floor, FLOORS),
  };
}

async function costOf(
  inspector: Inspector,
  senders: readonly Sender[],
  answers: number,
): Promise<Cost> {
  const work = batch(senders, answers);
  const [cpu, allocated]: [number[], number[]] = [[], []];
  await work();
  for (let n = 0; n < PROFILES; n++) {
    cpu.push((await inspector.cpuMs(work)) / answers);
    allocated.push((await inspector.allocatedBytes(work)) / answers);
  }
  inspector.close();
  return { cpuMs: quantile(cpu, 0.5), allocatedKib: quantile(allocated, 0.5) / 1024 };
}
