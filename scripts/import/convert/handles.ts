/** Which handle an account from elsewhere has here. */
import { parse } from "csv-parse/sync";
import { handleSchema } from "../../../feed/wire-text.ts";
import { CommandError } from "../../project.ts";

export class Handles {
  readonly #handles: ReadonlyMap<string, string>;

  /** @param csv rows of an address and a handle @throws CommandError if a handle is none */
  constructor(csv: string) {
    const rows = parse(csv, { bom: true, trim: true, skip_empty_lines: true });
    this.#handles = new Map(
      rows.map(([address = "", given = ""]) => {
        const handle = handleSchema.safeParse(given);
        if (handle.success) return [address.toLowerCase(), handle.data] as const;
        throw new CommandError(`${given || "An empty text"} can't be the handle of ${address}.`);
      }),
    );
  }

  /**
   * The handle of an address, such as `ada@social.example` or `did:plc:…`.
   * @param home the host whose accounts keep their names here; null if none do
   * @returns null if the address has no handle here
   */
  of(address: string, home: string | null): string | null {
    const listed = this.#handles.get(address.toLowerCase());
    if (listed !== undefined) return listed;
    const [name, host] = address.split("@");
    if (home === null || host?.toLowerCase() !== home.toLowerCase()) return null;
    return handleSchema.safeParse(name?.replaceAll(/[^A-Za-z0-9_]/g, "_")).data ?? null;
  }
}
