/** A list that reads on as its end comes into view. */
import { useEffect, useRef } from "react";
import type { Skein } from "skein-client";
import { useTimeline } from "./use-timeline.ts";

export function Timeline({ skein }: { skein: Skein }) {
  const { items, error, readOn } = useTimeline(skein);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (end.current === null || readOn === null) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) readOn();
      },
      { rootMargin: "300px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [readOn]);
  return (
    <main>
      {error !== null && <p role="alert">{error.message}</p>}
      {items.map(({ id, post }) => (
        <article key={id} style={{ minHeight: 80 }}>
          <b>@{post.author.handle}</b> <span className="text">{post.text}</span>{" "}
          <button onClick={() => void skein.likePost(post.id)}>♥ {post.counts.likes}</button>
        </article>
      ))}
      <div ref={end}>{readOn === null ? "That is all." : "…"}</div>
    </main>
  );
}
