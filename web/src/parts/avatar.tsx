import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Post } from "../../../client/src/wire.ts";

/** The hue of an account without a picture, from the last characters of its id. */
function hueOf(id: string): number {
  let hash = 0;
  for (const char of id) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return (hash % 24) * 15;
}

/** An account's picture, or its initial on a colour of its own. Decorative: the name is beside it. */
export function Avatar({
  of: { id, name, handle, avatarUrl },
  size = "medium",
}: {
  of: Post["author"];
  size?: "small" | "medium" | "large";
}): ComponentChildren {
  const [broken, setBroken] = useState<string | null>(null);
  if (avatarUrl !== null && avatarUrl !== broken) {
    return (
      <img
        class={`avatar ${size}`}
        src={avatarUrl}
        alt=""
        loading="lazy"
        onError={() => setBroken(avatarUrl)}
      />
    );
  }
  const [initial = "?"] = name.trim() === "" ? handle : name.trim();
  return (
    <span class={`avatar ${size}`} style={{ "--hue": hueOf(id) }} aria-hidden="true">
      {initial.toUpperCase()}
    </span>
  );
}
