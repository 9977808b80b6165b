/** How the reader steers "For you": sliders, and tastes about posts. Read once, when it is first shown. */
import type { Author, NewRanking, Ranking, Tasted } from "../../../client/src/wire.ts";
import { orThrow } from "../../../client/src/skein-client.ts";
import { setRelation, skein } from "../net/api.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { announce } from "./changes.ts";
import { settled, toast } from "./messages.ts";
import { homeList } from "./post-lists.ts";
import { createStore } from "./store.ts";

export type Taste = NonNullable<Tasted["taste"]>;

/** The order as the model makes it. */
export const USUAL: Ranking = { fresh: 1, close: 1, popular: 1, tastes: [] };

/** What the reader has set; null until it has been read. */
export const ranking = createStore<Ranking | null>(null);

/** Forgets it, because it is another reader's. */
export function forgetSteering(): void {
  ranking.set(null);
}

/** Reads what the reader has set, once. A failure is not shown: the usual is shown instead. */
export async function loadSteering(): Promise<void> {
  if (ranking.get() !== null) return;
  const answer = await skein.readRanking();
  if (answer.ok && ranking.get() === null) ranking.set(answer.value);
}

const ABOUT = "steering";

async function change(wanted: Ranking, call: () => Promise<Ranking>): Promise<void> {
  const before = ranking.get();
  settled(ABOUT);
  ranking.set(wanted);
  try {
    ranking.set(await call());
    void homeList("ranked").reload();
  } catch (thrown) {
    ranking.set(before);
    const text = `Your order stays as it was. ${inWords(asFailure(thrown))}`;
    toast({ text, problem: true, about: ABOUT });
  }
}

/** Sets the sliders, and reads "For you" anew. */
export function setSliders(sliders: NewRanking): Promise<void> {
  const { tastes } = ranking.get() ?? USUAL;
  return change({ ...sliders, tastes }, async () => orThrow(await skein.setRanking(sliders)));
}

/** Goes back to the usual: sliders and tastes. */
export function resetSteering(): Promise<void> {
  return change(USUAL, async () => orThrow(await skein.resetRanking()));
}

/** The reader's taste about a post. */
export function tasteOf(now: Ranking | null, postId: string): Taste | null {
  return now?.tastes.find((taste) => taste.postId === postId)?.taste ?? null;
}

/** Asks for more or less like a post, or takes that back. What is on screen stays in its place. */
export async function setTaste(postId: string, author: Author, taste: Taste | null): Promise<void> {
  const before = ranking.get() ?? USUAL;
  const about = `taste ${postId}`;
  settled(about);
  const others = before.tastes.filter((one) => one.postId !== postId);
  const own = taste === null ? [] : [{ postId, authorId: author.id, taste }];
  ranking.set({ ...before, tastes: [...others, ...own] });
  const answer = await skein.setTaste(postId, taste);
  if (answer.ok) return;
  ranking.set(before);
  const words = inWords(asFailure(answer.error));
  toast({ text: `Your taste was not taken. ${words}`, problem: true, about });
}

/** Mutes a post's author, with a way back. */
export async function muteAuthor(author: Author): Promise<void> {
  const about = `mute ${author.id}`;
  settled(about);
  try {
    await setRelation(author.handle, "mute", true);
    announce({ type: "unwanted", userId: author.id });
    const undo = async (): Promise<void> => {
      settled(about);
      try {
        await setRelation(author.handle, "mute", false);
        announce({ type: "follows" });
        // The reader is to see at once that the posts are back.
        for (const order of ["ranked", "latest"] as const) {
          const list = homeList(order);
          if (list.mounted) void list.reload();
        }
      } catch (thrown) {
        const text = `@${author.handle} is still muted. ${inWords(asFailure(thrown))}`;
        toast({ text, problem: true, about });
      }
    };
    const action = { label: "Undo", run: () => void undo() };
    toast({ text: `@${author.handle} is muted.`, problem: false, about, action });
  } catch (thrown) {
    const text = `Could not mute @${author.handle}. ${inWords(asFailure(thrown))}`;
    toast({ text, problem: true, about });
  }
}
