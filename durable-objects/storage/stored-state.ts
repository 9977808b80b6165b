/** State that an object keeps in memory and writes to its storage with every change. */
export class StoredState<State> {
  readonly #storage: DurableObjectStorage;
  readonly #load: () => State;
  #current: State;

  /** @param load reads the state from storage */
  constructor(storage: DurableObjectStorage, load: () => State) {
    this.#storage = storage;
    this.#load = load;
    this.#current = load();
  }

  get current(): State {
    return this.#current;
  }

  /** Writes all of a change or nothing. If it fails, the state is loaded from storage again. */
  change<T>(work: (state: State) => T): T {
    try {
      return this.#storage.transactionSync(() => work(this.#current));
    } catch (error) {
      this.#current = this.#load();
      throw error;
    }
  }
}
