/** The people of the login, by email, which is their subject in its tokens. */

const { PORT = "4000", PEOPLE_COUNT = "1000" } = process.env;

/** The login's own address, the issuer of its tokens. */
export const LOGIN = `http://localhost:${PORT}`;

export interface Person {
  handle: string;
  name: string;
  password: string;
}

const NAMES = ["Ada", "Noor", "Ben", "Chi", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo"];

export const PEOPLE: ReadonlyMap<string, Person> = new Map([
  ["ada@example.com", { handle: "ada_l", name: "Ada", password: "lovelace" }],
  ["noor@example.com", { handle: "noor_h", name: "Noor", password: "haddad" }],
  ...Array.from({ length: Number(PEOPLE_COUNT) - 2 }, (_, n): [string, Person] => {
    const name = `${NAMES[n % NAMES.length]} ${n + 3}`;
    return [`person${n + 3}@example.com`, { handle: `person_${n + 3}`, name, password: "secret" }];
  }),
]);
