/** What a rebuild and a page below the window take in the store on objects, by how many accounts somebody follows. */
import { callsOfInvocation } from "../../../feed/call-groups.ts";
import type { Inputs } from "../inputs.ts";
import { pricePerMillion } from "./dollars.ts";
import { verbsOf } from "./operations.ts";
import type { Verb } from "./rates.ts";

export interface WideRead {
  what: string;
  followees: number;
  /** Calls of store objects in all, and the most that one invocation makes. */
  calls: number;
  callsOfInvocation: number;
  /** Time of the calls, which go out in rounds, each through another object if there are many. */
  ms: number;
  dollarsPerMillion: number;
}

const FOLLOWEES = [200, 2_000, 20_000];
const READS = [
  { verb: "rebuild", what: "a rebuild" },
  { verb: "archive page", what: "a page below the window" },
] as const satisfies { verb: Verb; what: string }[];
/** More objects than anything touches. */
const ANY = 1e12;

/** The reads of people who follow many. */
export function wideReads(inputs: Inputs): WideRead[] {
  const callMs = inputs.workload.get("objectCallMs");
  return READS.flatMap(({ verb, what }) =>
    FOLLOWEES.map((followees) => {
      const at = { size: followees, owners: followees, shards: ANY };
      const operations = verbsOf(inputs.calibration).of(verb, at);
      const rounds = Math.ceil(operations.statements / followees);
      return {
        what,
        followees,
        calls: Math.round(operations.statements),
        callsOfInvocation: rounds * callsOfInvocation(followees),
        ms: Math.round(rounds * 2 * callMs),
        dollarsPerMillion: pricePerMillion(inputs, verb, operations),
      };
    }),
  );
}
