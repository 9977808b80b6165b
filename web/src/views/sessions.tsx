/** The view of `/sessions`: where the reader's account is signed in. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { OpenSession } from "../../../client/src/wire.ts";
import { endOtherSessions, endSessionOf, readSessions } from "../net/api.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { FailureNotice, Skeleton } from "../parts/notice.tsx";
import { ViewBar } from "../parts/view-bar.tsx";
import { When } from "../parts/when.tsx";
import { place } from "../route/router.ts";
import { AnswerCache, useAnswer } from "../state/answer.ts";
import { settled, toast } from "../state/messages.ts";
import { session } from "../state/session.ts";
import { useStore } from "../state/store.ts";
import { deviceName } from "../words/device.ts";
import { fullTime } from "../words/wording.ts";

const lists = new AnswerCache<readonly OpenSession[]>();

const ABOUT = "sessions";

/** Runs a call that ends sessions. @returns whether they have ended */
async function ended(call: () => Promise<void>): Promise<boolean> {
  try {
    await call();
    settled(ABOUT);
    return true;
  } catch (thrown) {
    const text = `Nothing was ended. ${inWords(asFailure(thrown))}`;
    toast({ text, problem: true, about: ABOUT });
    return false;
  }
}

function Device({
  of,
  onEnded,
}: {
  of: OpenSession;
  onEnded: (id: string) => void;
}): ComponentChildren {
  const [busy, setBusy] = useState(false);
  const name = deviceName(of.device);
  const end = async (): Promise<void> => {
    setBusy(true);
    if (await ended(() => endSessionOf(of.id))) onEnded(of.id);
    else setBusy(false);
  };
  return (
    <li class="device">
      <div>
        <p class="name" title={of.device}>
          {name}
          {of.current && <span class="tag">This device</span>}
        </p>
        <p class="figures">
          <span>Signed in {fullTime(of.createdAt)}</span>
          <span>
            Last renewed <When at={of.lastUsedAt} />
          </span>
        </p>
      </div>
      {!of.current && (
        <button
          type="button"
          disabled={busy}
          aria-label={`End the session of ${name}, signed in ${fullTime(of.createdAt)}`}
          onClick={() => void end()}
        >
          End
        </button>
      )}
    </li>
  );
}

/** Ends all sessions but this device's, after the reader has confirmed it. */
function EndOthers({ onEnded }: { onEnded: () => void }): ComponentChildren {
  const [step, setStep] = useState<"idle" | "asking" | "busy">("idle");
  const end = async (): Promise<void> => {
    setStep("busy");
    if (await ended(endOtherSessions)) onEnded();
    setStep("idle");
  };
  if (step === "idle") {
    return (
      <button type="button" onClick={() => setStep("asking")}>
        End all other sessions
      </button>
    );
  }
  const busy = step === "busy";
  return (
    <span role="group" aria-label="End all other sessions?">
      <button
        type="button"
        class="danger"
        disabled={busy}
        ref={(button) => button?.focus({ preventScroll: true })}
        onClick={() => void end()}
      >
        Yes, end all others
      </button>
      <button type="button" class="quiet" disabled={busy} onClick={() => setStep("idle")}>
        Keep them
      </button>
    </span>
  );
}

/** The view of `/sessions`. */
export default function Sessions(): ComponentChildren {
  const { visit } = useStore(place);
  const me = useStore(session)?.user.id ?? "";
  const { value, failure, again, set } = useAnswer(lists, me, readSessions, visit);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    document.title = "Sessions · Skein";
  }, []);
  const keep = (kept: (one: OpenSession) => boolean): void => {
    set((value ?? []).filter(kept));
    // The button that had the focus is gone.
    list.current?.focus({ preventScroll: true });
  };
  return (
    <>
      <ViewBar title="Sessions" />
      <h1 class="unseen">Sessions</h1>
      {failure !== null && <FailureNotice failure={failure} onRetry={again} />}
      {failure === null && value === null && <Skeleton />}
      {value !== null && (
        <>
          <p class="explained">
            Where your account is signed in. A session that you end can do nothing more within a
            minute. If you do not know one, end it and change your password.
          </p>
          <ul class="devices" aria-label="Your sessions" tabIndex={-1} ref={list}>
            {value.map((one) => (
              <Device key={one.id} of={one} onEnded={(id) => keep((other) => other.id !== id)} />
            ))}
          </ul>
          <p class="explained">
            {value.some(({ current }) => !current) ? (
              <EndOthers onEnded={() => keep(({ current }) => current)} />
            ) : (
              "You are signed in nowhere else."
            )}
          </p>
        </>
      )}
    </>
  );
}
