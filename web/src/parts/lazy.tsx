import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * A component in a file of its own, which loads when the component is first shown.
 * @param waiting is shown meanwhile
 */
export function lazy(
  load: () => Promise<{ default: ComponentType }>,
  waiting: ComponentType | null = null,
): ComponentType {
  let loaded: ComponentType | null = null;
  return function Lazy(): ComponentChildren {
    const [state, setState] = useState<"loading" | "loaded" | "failed">(
      loaded === null ? "loading" : "loaded",
    );
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (module) => {
          loaded = module.default;
          setState("loaded");
        },
        () => setState("failed"),
      );
    }, []);
    if (loaded !== null) return loadedView(loaded);
    if (state === "loading") return waiting === null ? null : loadedView(waiting);
    return (
      <div class="notice failure" role="alert">
        <p>This part of the page could not be loaded. There may be a newer version of it.</p>
        <button type="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    );
  };
}

function loadedView(View: ComponentType): ComponentChildren {
  return <View />;
}
