import type { ComponentChildren } from "preact";
import { foldHandle } from "../../../feed/handle.ts";
import { go } from "../route/router.ts";
import { parsePath } from "../route/route.ts";
import { toast } from "../state/messages.ts";

function openProfile(form: HTMLFormElement): void {
  const typed = new FormData(form).get("handle");
  const handle = typeof typed === "string" ? typed.trim().replace(/^@/, "") : "";
  if (parsePath(`/@${handle}`).name === "profile") {
    form.reset();
    go(`/@${foldHandle(handle)}`);
  } else {
    toast({ text: "A handle is 3 to 30 of a–z, 0–9 and _.", problem: true, about: "find" });
  }
}

/** Opens a profile by its handle. */
export function FindByHandle(): ComponentChildren {
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault();
        openProfile(event.currentTarget);
      }}
    >
      <input
        name="handle"
        enterKeyHint="go"
        aria-label="Handle of an account to open"
        placeholder="@handle"
        required
        autoCapitalize="none"
        autoComplete="off"
        spellcheck={false}
      />
      <button type="submit">Open</button>
    </form>
  );
}
