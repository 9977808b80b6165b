import type { ComponentChildren } from "preact";
import { readWhy } from "../words/ranking-reasons.ts";

/** How many contributions are shown; the others are too small to matter. */
const SHOWN_MAX = 6;

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

/** Whether `why` has anything to show. */
export function hasWhy(why: unknown): boolean {
  return readWhy(why) !== null;
}

/** Why a post is where it is: its score, and its largest contributions. */
export function WhyThisPost({ why, id }: { why: unknown; id: string }): ComponentChildren {
  const read = readWhy(why);
  if (read === null) return null;
  const parts = read.contributions.slice(0, SHOWN_MAX);
  const largest = Math.max(...parts.map(({ value }) => Math.abs(value)), Number.EPSILON);
  return (
    <section class="why" id={id} aria-label="Why this post">
      <p>
        Ranked here with a score of <b>{read.score.toFixed(2)}</b>
        {parts.length > 0 && ", mostly for:"}
      </p>
      <ul>
        {parts.map(({ what, value }) => (
          <li key={what}>
            <span>{what}</span>
            <i class="bar" aria-hidden="true">
              <i
                class={value < 0 ? "down" : ""}
                style={{ inlineSize: `${(100 * Math.abs(value)) / largest}%` }}
              />
            </i>
            <span class="value">{signed(value)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
