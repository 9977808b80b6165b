/** Turnstile's widget in the form of a sign-up, where the Worker that serves the page has a site key. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";

/** The part of Turnstile's script that is needed. */
interface Turnstile {
  render(
    place: HTMLElement,
    options: {
      sitekey: string;
      action: string;
      callback: (answer: string) => void;
      "expired-callback": () => void;
      "error-callback": () => void;
    },
  ): string | undefined;
  remove(widget: string): void;
}

declare global {
  var turnstile: Turnstile | undefined;
}

/** The site key; null where sign-ups need no challenge. */
export function siteKey(): string | null {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="turnstile-site-key"]');
  return meta?.content ?? null;
}

let loading: Promise<Turnstile> | null = null;

/** Turnstile's script, loaded once; after a failure again. */
function load(): Promise<Turnstile> {
  loading ??= new Promise<Turnstile>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    const fail = (): void => {
      loading = null;
      script.remove();
      reject(new Error("Turnstile's script did not load"));
    };
    script.addEventListener("error", fail);
    script.addEventListener("load", () => {
      if (globalThis.turnstile === undefined) fail();
      else resolve(globalThis.turnstile);
    });
    document.head.append(script);
  });
  return loading;
}

/**
 * The widget. A new `attempt` shows another one, because an answer is good once.
 * @param onAnswer gets the answer, and null once it is good no more
 */
export function Challenge({
  site,
  attempt,
  onAnswer,
}: {
  site: string;
  attempt: number;
  onAnswer: (answer: string | null) => void;
}): ComponentChildren {
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let left = false;
    let widget: string | undefined;
    onAnswer(null);
    load().then(
      (turnstile) => {
        if (left || place.current === null) return;
        setFailed(false);
        widget = turnstile.render(place.current, {
          sitekey: site,
          action: "sign-up",
          callback: onAnswer,
          "expired-callback": () => onAnswer(null),
          "error-callback": () => onAnswer(null),
        });
      },
      () => !left && setFailed(true),
    );
    return () => {
      left = true;
      if (widget !== undefined) globalThis.turnstile?.remove(widget);
    };
  }, [site, attempt]);
  return (
    <div class="challenge">
      <div ref={place} />
      {failed && (
        <p class="problem" role="alert">
          The check that you are a person could not be loaded. Check the network and reload the
          page.
        </p>
      )}
    </div>
  );
}
