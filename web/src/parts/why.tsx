import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Post, Why } from "../../../client/src/wire.ts";
import { session } from "../state/session.ts";
import {
  loadSteering,
  muteAuthor,
  ranking,
  setTaste,
  type Taste,
  tasteOf,
} from "../state/steering.ts";
import { useSelected } from "../state/store.ts";
import { type Contribution, type WordedWhy, wordedWhy } from "../words/ranking-reasons.ts";
import "../style/steering.css";

/** How many sentences and contributions are shown; the others matter too little. */
const SENTENCES_MAX = 3;
const CONTRIBUTIONS_MAX = 6;

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function Figures({ contributions }: { contributions: readonly Contribution[] }): ComponentChildren {
  const largest = Math.max(...contributions.map(({ value }) => Math.abs(value)), Number.EPSILON);
  return (
    <ul class="parts">
      {contributions.map(({ what, value }) => (
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
  );
}

function Details({ worded }: { worded: WordedWhy }): ComponentChildren {
  const { score, contributions, adjustments } = worded;
  return (
    <details>
      <summary>Details</summary>
      <p>
        The model gives it <b>{score.toFixed(2)}</b>
        {contributions.length > 0 && ", for:"}
      </p>
      <Figures contributions={contributions.slice(0, CONTRIBUTIONS_MAX)} />
      {adjustments.map(({ what, value }) => (
        <p key={what}>
          × {value} because {what}
        </p>
      ))}
    </details>
  );
}

const TASTES: readonly { taste: Taste; label: string }[] = [
  { taste: "more", label: "More like this" },
  { taste: "less", label: "Less like this" },
];

function Steer({ post }: { post: Post }): ComponentChildren {
  const { id, author } = post;
  const chosen = useSelected(ranking, (now) => tasteOf(now, id));
  useEffect(() => void loadSteering(), []);
  return (
    <div class="steer" role="group" aria-label="Steer your order">
      {TASTES.map(({ taste, label }) => (
        <button
          key={taste}
          type="button"
          aria-pressed={chosen === taste}
          onClick={() => void setTaste(id, author, chosen === taste ? null : taste)}
        >
          {label}
        </button>
      ))}
      <button type="button" class="quiet" onClick={() => void muteAuthor(author)}>
        Mute @{author.handle}
      </button>
    </div>
  );
}

/** Why a post is where it is, in sentences; its figures behind "Details"; and how to steer. */
export function WhyThisPost({ why, post }: { why: Why; post: Post }): ComponentChildren {
  const worded = wordedWhy(why);
  const own = useSelected(session, (now) => now?.user.id === post.author.id);
  return (
    <section class="why" id={`why-${post.id}`} aria-label="Why this post">
      <ul class="sentences">
        {worded.sentences.slice(0, SENTENCES_MAX).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {!own && <Steer post={post} />}
      <Details worded={worded} />
    </section>
  );
}
