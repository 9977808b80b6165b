/** A map of the objects that hold the segments of long lists, learned from their refusals. */
import {
  bucketsOf,
  segmentObject,
  type Share,
  shareOfBucket,
  WHOLE,
} from "../../durable-objects/store-object/lists.ts";
import type { Refusal } from "../../durable-objects/store-object/protocol.ts";
import type { Member } from "../d1/shards.ts";
import { STORE_LISTS_KNOWN } from "../../feed/limits.ts";

/** An object with a share of a list. */
export interface Segment {
  name: string;
  share: Share;
}

export class ListMap {
  /** The bits into which objects have split a list, by list and object. Most lists are not split. */
  readonly #splits = new Map<string, Map<string, number>>();

  /** The object that holds a member, according to the map. */
  segmentOf({ list, bucket }: Member): Segment {
    const splits = this.#splits.get(list);
    let share = WHOLE;
    for (;;) {
      const name = segmentObject(list, share);
      const bits = splits?.get(name);
      if (bits === undefined) return { name, share };
      share = shareOfBucket(bits, bucket);
    }
  }

  /** The objects that hold the members of a range of buckets, in order. */
  segmentsOf(list: string, [from, to]: readonly [number, number]): Segment[] {
    const segments: Segment[] = [];
    for (let bucket = from; bucket <= to;) {
      const segment = this.segmentOf({ list, bucket });
      segments.push(segment);
      bucket = bucketsOf(segment.share)[1] + 1;
    }
    return segments;
  }

  /** Corrects the map after an object refused a batch. */
  learn(name: string, { list, why }: Refusal): void {
    if (why === "busy") return;
    if (why === "closed") {
      // The map is wrong: start again at the first object of the list.
      this.#splits.delete(list);
      return;
    }
    if (this.#splits.size >= STORE_LISTS_KNOWN) this.#splits.clear();
    const splits = this.#splits.get(list) ?? new Map<string, number>();
    splits.set(name, why);
    this.#splits.set(list, splits);
  }
}
