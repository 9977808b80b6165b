/** The page for readers who are not signed in. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  HANDLE_MAX_CHARS,
  HANDLE_MIN_CHARS,
  NAME_MAX_CHARS,
  PASSWORD_MAX_CHARS,
  PASSWORD_MIN_CHARS,
} from "../../../feed/limits.ts";
import { signIn, signUp } from "../net/api.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { Challenge, siteKey } from "../parts/challenge.tsx";
import { go } from "../route/router.ts";
import { beginSession, sessionEnded, signInFrom } from "../state/session.ts";
import { useStore } from "../state/store.ts";

type Mode = "in" | "up";

function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string;
  children: ComponentChildren;
}): ComponentChildren {
  return (
    <label>
      <span>{label}</span>
      {children}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}

const HANDLE_RULE = `${HANDLE_MIN_CHARS} to ${HANDLE_MAX_CHARS} of a–z, 0–9 and _`;

function HandleField({ mode }: { mode: Mode }): ComponentChildren {
  return (
    <Field label="Handle" {...(mode === "up" && { hint: HANDLE_RULE })}>
      <input
        name="handle"
        autoComplete="username"
        autoCapitalize="none"
        spellcheck={false}
        required
        pattern={`[A-Za-z0-9_]{${HANDLE_MIN_CHARS},${HANDLE_MAX_CHARS}}`}
        maxLength={HANDLE_MAX_CHARS}
        title={HANDLE_RULE}
      />
    </Field>
  );
}

function PasswordField({ mode }: { mode: Mode }): ComponentChildren {
  const isNew = mode === "up";
  return (
    <Field label="Password" {...(isNew && { hint: `At least ${PASSWORD_MIN_CHARS} characters` })}>
      <input
        name="password"
        type="password"
        autoComplete={isNew ? "new-password" : "current-password"}
        required
        minLength={isNew ? PASSWORD_MIN_CHARS : 1}
        maxLength={PASSWORD_MAX_CHARS}
      />
    </Field>
  );
}

/** The text of a field of the form; empty if there is no such field. */
function typed(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value : "";
}

/** Signs in or up. @param challenge the answer of a sign-up's challenge; null where none is asked */
async function sign(mode: Mode, form: HTMLFormElement, challenge: string | null) {
  const handle = typed(form, "handle").trim();
  const password = typed(form, "password");
  if (mode === "in") return signIn(handle, password);
  const name = typed(form, "name").trim();
  return signUp({
    ...{ handle, password },
    ...(name === "" ? {} : { name }),
    ...(challenge === null ? {} : { challenge }),
  });
}

function SignForm(): ComponentChildren {
  const [mode, setMode] = useState<Mode>("in");
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [problem, setProblem] = useState(useStore(sessionEnded) ?? "");
  const submit = async (form: HTMLFormElement): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      const signed = await sign(mode, form, answer);
      const from = signInFrom.get();
      signInFrom.set(null);
      beginSession(signed);
      if (from !== null) go(from);
    } catch (thrown) {
      setProblem(inWords(asFailure(thrown)));
      setBusy(false);
      setAttempt((last) => last + 1);
    }
  };
  const site = mode === "up" ? siteKey() : null;
  const choose = (next: Mode): void => {
    setMode(next);
    setProblem("");
  };
  return (
    <form
      class="sign"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      <h2>{mode === "in" ? "Sign in" : "Create an account"}</h2>
      <HandleField mode={mode} />
      {mode === "up" && (
        <Field label="Name (optional)" hint="How others see you">
          <input name="name" autoComplete="name" maxLength={NAME_MAX_CHARS} />
        </Field>
      )}
      <PasswordField key={mode} mode={mode} />
      {site !== null && <Challenge site={site} attempt={attempt} onAnswer={setAnswer} />}
      <p class="problem" role="alert">
        {problem}
      </p>
      <button type="submit" class="primary" disabled={busy || (site !== null && answer === null)}>
        {mode === "in" ? "Sign in" : "Create account"}
      </button>
      <p class="other">
        {mode === "in" ? "New here?" : "Have an account?"}{" "}
        <button type="button" class="link" onClick={() => choose(mode === "in" ? "up" : "in")}>
          {mode === "in" ? "Create an account" : "Sign in"}
        </button>
      </p>
    </form>
  );
}

/** Says what Skein is, and lets people sign in or up. */
export function Welcome(): ComponentChildren {
  useEffect(() => {
    document.title = "Skein";
  }, []);
  return (
    <div class="welcome">
      <div>
        <h1>An open home timeline</h1>
        <p>
          The posts of the people you follow, as they are written: what matters most to you first,
          or the newest. Served from the edge, open to read and to build on.
        </p>
      </div>
      <SignForm />
    </div>
  );
}
