import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { deletePost } from "../net/api.ts";
import { announce } from "../state/changes.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { moveFocus } from "./keyboard.ts";
import { settled, toast } from "../state/messages.ts";

/** Deletes the reader's own post, after they have confirmed it. */
export function DeleteButton({ postId }: { postId: string }): ComponentChildren {
  const [step, setStep] = useState<"idle" | "asking" | "busy">("idle");
  const remove = async (): Promise<void> => {
    setStep("busy");
    try {
      await deletePost(postId);
      gone(postId);
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.code === "not_found") gone(postId);
      else {
        setStep("idle");
        toast({
          text: `The post is still there. ${inWords(failure)}`,
          problem: true,
          about: `delete ${postId}`,
        });
      }
    }
  };
  if (step === "idle") {
    return (
      <button type="button" class="quiet delete" onClick={() => setStep("asking")}>
        Delete
      </button>
    );
  }
  return (
    <span class="delete" role="group" aria-label="Delete this post?">
      <button
        type="button"
        class="quiet danger"
        disabled={step === "busy"}
        ref={(button) => button?.focus({ preventScroll: true })}
        onClick={() => void remove()}
      >
        {step === "busy" ? "Deleting…" : "Yes, delete"}
      </button>
      <button
        type="button"
        class="quiet"
        disabled={step === "busy"}
        onClick={() => setStep("idle")}
      >
        Keep
      </button>
    </span>
  );
}

/** Moves the focus to a neighbour before the post disappears, so that the keyboard keeps its place. */
function gone(postId: string): void {
  settled(`delete ${postId}`);
  const article = document.activeElement?.closest<HTMLElement>("article");
  if (article?.dataset["post"] === postId && !moveFocus(1)) moveFocus(-1);
  announce({ type: "delete", postId });
}
