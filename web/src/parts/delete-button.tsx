import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { deletePost } from "../api.ts";
import { announce } from "../changes.ts";
import { asFailure, inWords } from "../failure.ts";
import { moveFocus } from "../keyboard.ts";
import { toast } from "../toasts.ts";

/** Deletes the reader's own post, once they have said so twice. */
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
        toast({ text: `The post is still there. ${inWords(failure)}`, problem: true });
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

/** The focus goes to a neighbour before its post goes, so that the keyboard keeps its place. */
function gone(postId: string): void {
  const article = document.activeElement?.closest<HTMLElement>("article");
  if (article?.dataset["post"] === postId && !moveFocus(1)) moveFocus(-1);
  announce({ type: "delete", postId });
}
