/** Icons, in the colour of the text around them. */
import type { ComponentChildren } from "preact";

function Icon({ path, filled = false }: { path: string; filled?: boolean }): ComponentChildren {
  return (
    <svg class={filled ? "icon filled" : "icon"} viewBox="0 0 20 20" aria-hidden="true">
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

export function HomeIcon(): ComponentChildren {
  return (
    <Icon path="M3.5 9 10 3.5 16.5 9v6a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15ZM8 16.5v-4.5h4v4.5" />
  );
}

export function FindIcon(): ComponentChildren {
  return <Icon path="M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4" />;
}

export function MenuIcon(): ComponentChildren {
  return <Icon path="M3.5 5.5h13M3.5 10h13M3.5 14.5h13" />;
}

export function PenIcon(): ComponentChildren {
  return (
    <Icon path="M4 16l.8-3.6L13.4 3.8a1.4 1.4 0 0 1 2 0l.8.8a1.4 1.4 0 0 1 0 2L7.6 15.2ZM12 5.2l2.8 2.8" />
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

export function LikeIcon({ filled = false }: { filled?: boolean }): ComponentChildren {
  return (
    <Icon
      filled={filled}
      path="M10 16.5S3.5 13 3.5 8.2A3.4 3.4 0 0 1 7 4.8c1.3 0 2.4.7 3 1.8.6-1.1 1.7-1.8 3-1.8a3.4 3.4 0 0 1 3.5 3.4C16.5 13 10 16.5 10 16.5Z"
    />
  );
}

export function WhyIcon(): ComponentChildren {
  return <Icon path="M4 16v-4M8 16V9M12 16V5M16 16v-9" />;
}

export function UpIcon(): ComponentChildren {
  return <Icon path="M10 16V4.5M5 9.5l5-5 5 5" />;
}

export function CloseIcon(): ComponentChildren {
  return <Icon path="M5 5l10 10M15 5L5 15" />;
}

export function BackIcon(): ComponentChildren {
  return <Icon path="M16 10H4.5M9.5 5l-5 5 5 5" />;
}
