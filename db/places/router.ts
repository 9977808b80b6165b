/**
 * Routes calls to the places of their buckets. A place that refuses a call is asked what it knows, the map learns
 * from that, and the call goes on to where the bucket is now. Nobody asks a place that did not refuse anything, so
 * the map costs nothing while nothing moves.
 */
import { idBucket, type Id } from "../../feed/ids.ts";
import {
  BUCKETS,
  MOVE_WAIT_MS,
  SPREAD_SAMPLE_ACCOUNTS,
  STORE_RETRY_MS,
} from "../../feed/limits.ts";
import {
  placeKind,
  type PlaceKind,
  type PlaceName,
  PlacementMap,
  spread,
  spreadOf,
} from "../../feed/placement.ts";
import { StoreUnavailable } from "../store.ts";
import {
  type Holding,
  type Holdings,
  locatedBy,
  Moved,
  type PlaceStore,
  type StorePlace,
} from "./place.ts";

/** A place that says what it holds. */
interface Holder {
  name: PlaceName;
  holdings: Holdings;
}

export class Router {
  readonly places: readonly StorePlace[];
  readonly #byName: ReadonlyMap<PlaceName, StorePlace>;
  /** The places over which a new store is spread. */
  readonly #home: readonly StorePlace[];
  readonly #map: PlacementMap;
  /** What places are being asked now. */
  readonly #asking = new Map<PlaceName, Promise<Holding[]>>();

  /** @param home the kind of the places that hold everything as long as nothing has moved */
  constructor(places: readonly StorePlace[], home: PlaceKind) {
    this.places = places;
    this.#byName = new Map(places.map((place) => [place.name, place]));
    this.#home = places.filter(({ name }) => placeKind(name) === home);
    if (this.#home.length === 0) throw new Error(`the store has no place of the kind ${home}`);
    const names = this.#home.map(({ name }) => name);
    this.#map = new PlacementMap((bucket) => spread(names, bucket));
  }

  /** Makes a call about one owner. @throws StoreUnavailable if its bucket moves for too long */
  async at<T>(id: Id, work: (store: PlaceStore) => Promise<T>): Promise<T> {
    const answers = await this.each([id], (one) => one, work);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one item makes one group
    return answers[0] as T;
  }

  /** Groups items by the place of each one's id, and makes a call for each group. */
  each<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    work: (store: PlaceStore, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.eachBucket(things, (thing) => idBucket(idOf(thing)), work);
  }

  /** The same by bucket. */
  async eachBucket<T, R>(
    things: readonly T[],
    bucketOf: (thing: T) => number,
    work: (store: PlaceStore, things: T[]) => Promise<R>,
    untilMs = Date.now() + MOVE_WAIT_MS,
  ): Promise<R[]> {
    const groups = Map.groupBy(things, (thing) => this.#map.placeOf(bucketOf(thing)));
    const answers = await Promise.all(
      [...groups].map(async ([name, group]) => {
        try {
          const place = this.#byName.get(name);
          if (place === undefined) throw new Moved(`${name} is not configured`);
          return [await work(place.store, group)];
        } catch (error) {
          if (!(error instanceof Moved)) throw error;
          await this.#lookAgain(name, new Set(group.map(bucketOf)), untilMs);
          return this.eachBucket(group, bucketOf, work, untilMs);
        }
      }),
    );
    return answers.flat();
  }

  /** Where every bucket is now, according to the places. @throws StoreUnavailable */
  async locate(): Promise<(bucket: number) => PlaceName> {
    await this.#find(Array.from({ length: BUCKETS }, (_, bucket) => bucket));
    return (bucket) => this.#map.placeOf(bucket);
  }

  #holders(): Holder[] {
    return this.places.flatMap(({ name, holdings }) =>
      holdings === null ? [] : { name, holdings },
    );
  }

  /** Learns where buckets are that a place has refused, and waits if they can't be used anywhere now. */
  async #lookAgain(name: PlaceName, buckets: ReadonlySet<number>, untilMs: number): Promise<void> {
    if (Date.now() >= untilMs) throw new StoreUnavailable(`${name}: a bucket is being moved`);
    if (!this.#byName.has(name)) return this.#findBeyond(name, buckets);
    const holder = this.#holders().find((one) => one.name === name);
    if (holder === undefined) throw new Error(`${name} has refused a bucket, but holds all`);
    const known = new Map((await this.#ask(holder)).map((one) => [one.bucket, one]));
    const refused = [...buckets].map((bucket) => known.get(bucket));
    if (refused.some((one) => one === undefined)) return this.#find([...buckets]);
    await Promise.all(
      refused.map(async (one) => {
        if (one?.state === "arriving") await this.#complete(holder, one);
      }),
    );
    if (refused.every((one) => one?.state !== "fenced")) return;
    await new Promise((resolve) => setTimeout(resolve, STORE_RETRY_MS));
  }

  /** Takes a bucket into the place where it arrives, if its former place has let it go already. */
  async #complete(target: Holder, { bucket, other, version }: Holding): Promise<void> {
    const source = this.#holders().find(({ name }) => name === other);
    if (source === undefined) return;
    const gone = (await this.#ask(source)).some(
      (one) =>
        one.bucket === bucket &&
        one.state === "away" &&
        one.version === version &&
        one.other === target.name,
    );
    if (gone) await target.holdings.open(bucket, version);
  }

  /** Looks for buckets that a place knows nothing of. If nobody does, this is the store's first use. */
  async #find(buckets: readonly number[]): Promise<void> {
    const known = new Set((await this.#askAll()).map(({ bucket }) => bucket));
    if (!buckets.every((bucket) => known.has(bucket))) await this.#openStore();
  }

  /** Looks for buckets that a place has let go to one that is no longer configured: they may have moved on. */
  async #findBeyond(name: PlaceName, buckets: ReadonlySet<number>): Promise<void> {
    await this.#askAll();
    if ([...buckets].every((bucket) => this.#map.placeOf(bucket) !== name)) return;
    throw new StoreUnavailable(`the store has moved to ${name}, which is not configured`);
  }

  async #askAll(): Promise<Holding[]> {
    return (await Promise.all(this.#holders().map((place) => this.#ask(place)))).flat();
  }

  /** Gives every bucket to the place where its rows are, if there are any, and else spreads buckets evenly. */
  async #openStore(): Promise<void> {
    const home = this.#home.flatMap(({ holdings }) => holdings ?? []);
    const [first] = home;
    if (first === undefined) return;
    const samples = await Promise.all(
      home.map((holdings) => holdings.someAccounts(SPREAD_SAMPLE_ACCOUNTS)),
    );
    const guess = spreadOf(samples.map((ids) => ids.map(idBucket)));
    if (guess === null) throw new Error("the accounts of the databases are not spread by bucket");
    // Somebody with another number of places may do the same now.
    const places = await first.settle(guess);
    await Promise.all(
      home.slice(0, places).map((holdings, n) => {
        const own = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
        return holdings.claim(own.filter((bucket) => bucket % places === n));
      }),
    );
    await this.#askAll();
  }

  /** Asks a place what it holds, once at a time, and learns from the answer. */
  async #ask({ name, holdings }: Holder): Promise<Holding[]> {
    const asked = this.#asking.get(name) ?? holdings.all();
    this.#asking.set(name, asked);
    try {
      const answer = await asked;
      this.#map.learn(answer.map((holding) => locatedBy(name, holding)));
      return answer;
    } finally {
      this.#asking.delete(name);
    }
  }
}
