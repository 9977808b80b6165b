import type { ComponentChildren } from "preact";
import type { SkeinError } from "../../../client/src/errors.ts";
import { inWords } from "../net/failure.ts";

/** Says that a read failed, and offers to try again. */
export function FailureNotice({
  failure,
  onRetry,
}: {
  failure: SkeinError;
  onRetry?: () => void;
}): ComponentChildren {
  return (
    <div class="notice failure" role="alert">
      <p>{inWords(failure)}</p>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Grey lines where posts will be. */
export function Skeleton({ posts = 3 }: { posts?: number }): ComponentChildren {
  return (
    <div class="skeleton">
      <p class="unseen" role="status">
        Loading
      </p>
      {Array.from({ length: posts }, (_, index) => (
        <div class="bones" aria-hidden="true" key={index}>
          <i />
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}
