/** The sliders with which a reader steers "For you". */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { NewRanking } from "../../../client/src/wire.ts";
import { loadSteering, ranking, resetSteering, setSliders, USUAL } from "../state/steering.ts";
import { useStore } from "../state/store.ts";
import "../style/steering.css";

const SLIDERS: readonly { name: keyof NewRanking; label: string; about: string }[] = [
  { name: "fresh", label: "Fresh", about: "how new a post is" },
  { name: "close", label: "Close", about: "how much you have to do with its author" },
  { name: "popular", label: "Popular", about: "how many others react to it" },
];
const STEP = 0.5;
const WORDS = ["not at all", "less", "as usual", "more", "most"];

function inWords(value: number): string {
  return WORDS[Math.round(value / STEP)] ?? "";
}

/** Three sliders and the way back to the usual. */
export default function Sliders(): ComponentChildren {
  const set = useStore(ranking);
  useEffect(() => void loadSteering(), []);
  const { tastes, ...sliders } = set ?? USUAL;
  const changed = tastes.length > 0 || SLIDERS.some(({ name }) => sliders[name] !== 1);
  return (
    <div class="sliders">
      {SLIDERS.map(({ name, label, about }) => (
        <label key={name}>
          <span>
            {label} <small>{about}</small>
          </span>
          <input
            type="range"
            name={name}
            min={0}
            max={2}
            step={STEP}
            value={sliders[name]}
            disabled={set === null}
            aria-valuetext={inWords(sliders[name])}
            onChange={(event) =>
              void setSliders({ ...sliders, [name]: event.currentTarget.valueAsNumber })
            }
          />
          <output>{inWords(sliders[name])}</output>
        </label>
      ))}
      <p>
        {tastes.length > 0 &&
          `${tastes.length} ${tastes.length === 1 ? "taste" : "tastes"} about posts. `}
        <button
          type="button"
          class="quiet"
          aria-disabled={!changed}
          onClick={() => changed && void resetSteering()}
        >
          Back to the usual order
        </button>
      </p>
    </div>
  );
}
