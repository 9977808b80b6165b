/** Small drawings, all in the colour of the text around them. */
import type { ComponentChildren } from "preact";

function Icon({ path }: { path: string }): ComponentChildren {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** The mark of Skein: strands that cross. */
export function Mark(): ComponentChildren {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 9c9 0 13 14 22 14M5 23c9 0 13-14 22-14" />
      <path class="third" d="M5 16h6.5M20.5 16H27" />
    </svg>
  );
}

export function ReplyIcon(): ComponentChildren {
  return (
    <Icon path="M10 3.5c-4 0-7 2.6-7 6 0 2 1 3.6 2.6 4.7L5 17l3.3-1.6c.5.1 1.1.1 1.7.1 4 0 7-2.6 7-6s-3-6-7-6Z" />
  );
}

export function RepostIcon(): ComponentChildren {
  return (
    <Icon path="M4.5 11V7.5a2 2 0 0 1 2-2h8m0 0L12 3m2.5 2.5L12 8M15.5 9v3.5a2 2 0 0 1-2 2h-8m0 0L8 17m-2.5-2.5L8 12" />
  );
}

export function LikeIcon(): ComponentChildren {
  return (
    <Icon path="M10 16.5S3.5 13 3.5 8.2A3.4 3.4 0 0 1 7 4.8c1.3 0 2.4.7 3 1.8.6-1.1 1.7-1.8 3-1.8a3.4 3.4 0 0 1 3.5 3.4C16.5 13 10 16.5 10 16.5Z" />
  );
}
