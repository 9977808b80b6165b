/** What administrators did, newest first, for the operations page. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SkeinError } from "../../../client/src/errors.ts";
import type { AdminUse } from "../../../client/src/wire.ts";
import { readAdminUses } from "../net/api.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { fullTime } from "../words/wording.ts";
import { When } from "./when.tsx";

/** Uses are seldom, and equal ones within a minute are one. */
const READ_EVERY_MS = 30_000;

interface Uses {
  readonly items: readonly AdminUse[];
  /** Where older ones continue; null at the end. */
  readonly next: string | null;
}

function reasonOf(failure: SkeinError): string {
  return failure.code === "forbidden" ? "This key may not read the log of uses." : inWords(failure);
}

/** Equal uses within a minute are one item, whose count and id change until then. */
function keyOf({ at, by, operation, subject }: AdminUse): string {
  return [at, by, operation, subject].join(" ");
}

/** The newest uses before older ones that were read earlier, each once. */
function merged(newest: Uses, known: Uses | null): Uses {
  const keys = new Set(newest.items.map(keyOf));
  // Otherwise uses between the two are missing, and the list begins anew.
  if (known?.items.some((use) => keys.has(keyOf(use))) !== true) return newest;
  const oldest = newest.items.at(-1)?.at ?? "";
  const older = known.items.filter((use) => use.at <= oldest && !keys.has(keyOf(use)));
  if (older.length === 0) return newest;
  return { items: [...newest.items, ...older], next: known.next };
}

function Row({ use }: { use: AdminUse }): ComponentChildren {
  return (
    <tr>
      <td title={fullTime(use.at)}>
        <When at={use.at} />
      </td>
      <td>{use.by === "root" ? "ADMIN_TOKEN" : `key ${use.by}`}</td>
      <td>
        <code>{use.operation}</code>
        {use.times > 1 && ` × ${use.times}`}
      </td>
      <td>{use.subject === null ? "" : <code>{use.subject}</code>}</td>
      <td>
        <code>{use.requestId}</code>
      </td>
    </tr>
  );
}

function Table({ items }: { items: readonly AdminUse[] }): ComponentChildren {
  return (
    <div class="uses-table" role="region" aria-label="Uses" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Call</th>
            <th scope="col">Account</th>
            <th scope="col">Request</th>
          </tr>
        </thead>
        <tbody>
          {items.map((use) => (
            <Row key={keyOf(use)} use={use} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The log of uses. @param token an administrator's token */
export function AdminUses({ token }: { token: string }): ComponentChildren {
  const [uses, setUses] = useState<Uses | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let left = false;
    const read = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const page = await readAdminUses(token, null);
        if (left) return;
        setUses((known) => merged(page, known));
        setProblem("");
      } catch (thrown) {
        if (!left) setProblem(reasonOf(asFailure(thrown)));
      }
    };
    void read();
    const timer = setInterval(() => void read(), READ_EVERY_MS);
    return () => {
      left = true;
      clearInterval(timer);
    };
  }, [token]);
  const readOlder = async (known: Uses): Promise<void> => {
    try {
      const { items, next } = await readAdminUses(token, known.next);
      setUses({ items: [...known.items, ...items], next });
    } catch (thrown) {
      setProblem(reasonOf(asFailure(thrown)));
    }
  };
  return (
    <section class="uses" aria-labelledby="uses-title">
      <h2 id="uses-title">What administrators did</h2>
      <p class="problem" role="status">
        {problem}
      </p>
      {uses?.items.length === 0 && <p>Nothing in the last 90 days.</p>}
      {uses !== null && uses.items.length > 0 && <Table items={uses.items} />}
      {uses !== null && uses.next !== null && (
        <button type="button" onClick={() => void readOlder(uses)}>
          Show older ones
        </button>
      )}
    </section>
  );
}
