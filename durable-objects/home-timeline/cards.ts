/**
 * The cards of authors whose profiles have changed while the timeline was warm. Entries keep the cards
 * that they came with, and every page and frame shows the newer of the two. So a change of a profile
 * costs a row, however many entries show it.
 */
import { type Card, type Entry, newerCard, withCards } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import { storedJson } from "../storage/stored-json.ts";

export const CARDS_SQL = `CREATE TABLE cards (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  card TEXT NOT NULL
) WITHOUT ROWID`;

/** A card, with the number of the change that brought it. */
export interface NumberedCard {
  seq: number;
  card: Card;
}

/** The cards that an entry shows. */
function cardsIn({ by, post }: Entry): Card[] {
  return [post.author, by, post.replyTo?.copy?.author].flatMap((card) => card ?? []);
}

export class ChangedCards {
  readonly #sql: SqlStorage;
  #cards: Map<UserId, NumberedCard> | null = null;
  /** Entries with newer cards, by the entries as they came; empty after a change. */
  #shown = new WeakMap<Entry, Entry>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get size(): number {
    return this.#load().size;
  }

  /** Whether a card is newer than the one stored for its account. */
  isNews(card: Card): boolean {
    const known = this.#load().get(card.id);
    return known === undefined || newerCard(known.card, card) === card;
  }

  save(card: Card, seq: number): void {
    this.#load().set(card.id, { seq, card });
    this.#shown = new WeakMap();
    this.#sql.exec(
      `INSERT INTO cards (id, seq, card) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, card = excluded.card`,
      card.id,
      seq,
      JSON.stringify(card),
    );
  }

  /** An entry with the newest cards; the same object each time, so that its text is made once. */
  newest(entry: Entry): Entry {
    const cards = this.#load();
    if (cards.size === 0) return entry;
    const known = this.#shown.get(entry);
    if (known !== undefined) return known;
    const shown = withCards(entry, (user) => cards.get(user)?.card);
    this.#shown.set(entry, shown);
    return shown;
  }

  /** The cards that came after change `since`. */
  after(since: number): NumberedCard[] {
    return [...this.#load().values()].filter(({ seq }) => seq > since);
  }

  /**
   * Drops the cards that came before change `seq`, unless an entry has an older one.
   * @returns the highest number among them, 0 if there were none
   */
  prune(seq: number, entries: Iterable<Entry>): number {
    const cards = this.#load();
    const needed = new Set<UserId>();
    for (const entry of entries) {
      for (const held of cardsIn(entry)) {
        if (newerCard(held, cards.get(held.id)?.card) !== held) needed.add(held.id);
      }
    }
    let highest = 0;
    for (const [id, card] of cards) {
      if (card.seq >= seq || needed.has(id)) continue;
      highest = Math.max(highest, card.seq);
      cards.delete(id);
      this.#sql.exec("DELETE FROM cards WHERE id = ?", id);
    }
    return highest;
  }

  /** Drops all: entries that are read from the store have the newest cards. */
  clear(): void {
    if (this.#load().size === 0) return;
    this.#cards = new Map();
    this.#shown = new WeakMap();
    this.#sql.exec("DELETE FROM cards");
  }

  #load(): Map<UserId, NumberedCard> {
    this.#cards ??= new Map(
      this.#sql
        .exec<{ id: string; seq: number; card: string }>("SELECT id, seq, card FROM cards")
        .toArray()
        .map(({ id, seq, card }) => [id, { seq, card: storedJson<Card>(card) }]),
    );
    return this.#cards;
  }
}
