/** State that an object keeps in memory and writes to its storage with every change. */
export class StoredState<State> {
  readonly #storage: DurableObjectStorage;
  readonly #load: () => State;
  readonly #onChange: (state: State) => void;
  #current: State;

  /**
   * @param load reads the state from storage
   * @param onChange is called after each change
   */
  constructor(
    storage: DurableObjectStorage,
    load: () => State,
    onChange: (state: State) => void = () => undefined,
  ) {
    this.#storage = storage;
    this.#load = load;
    this.#onChange = onChange;
    this.#current = load();
  }

  get current(): State {
    return this.#current;
  }

  /** Loads the state again, after the storage was emptied. */
  reload(): void {
    this.#current = this.#load();
  }

  /** Writes all of a change or nothing. If it fails, the state is loaded from storage again. */
  change<T>(work: (state: State) => T): T {
    try {
      const answer = this.#storage.transactionSync(() => work(this.#current));
      this.#onChange(this.#current);
      return answer;
    } catch (error) {
      this.#current = this.#load();
      throw error;
    }
  }
}
