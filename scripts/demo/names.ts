/** Made-up people: a believable name and a unique handle for each. */
import { HANDLE_MAX_CHARS, HANDLE_MIN_CHARS } from "../../feed/limits.ts";
import type { Random } from "./random.ts";

export interface Person {
  /** 3 to 30 of a-z, 0-9 and _, as the API requires. */
  handle: string;
  name: string;
}

const words = (text: string) => text.trim().split(/\s+/);

const FIRST = words(`
  Abena Adam Aiko Aisha Alba Alejandro Alice Amara Amir Ana Anders Anika Anton Arjun Astrid Aurora
  Ayla Beatriz Benedikt Bianca Bjorn Camille Carlos Carmen Celia Chen Chiara Chloe Clara Daniel
  Daria David Dilan Diego Dmitri Ebru Elena Elias Elif Ella Emil Emma Enzo Esther Eva Farah Fatima
  Felix Fiona Florian Freya Gabriel Gita Gloria Greta Hana Hannah Hassan Helena Henrik Hugo Ibrahim
  Ida Ingrid Irene Isaac Isla Ivan Jamal Jana Jasmin Javier Joana Johan Jonas Julia Kai Karim Katya
  Keiko Kemal Kofi Lara Lars Laura Leila Leo Lina Linh Luca Lucia Luis Magnus Mai Malik Marco Maria
  Marta Mateo Maya Mehmet Mei Mia Miguel Mila Mina Mira Mohamed Nadia Nadine Naomi Nia Nico Nils
  Nina Nora Oksana Olga Oliver Omar Oscar Paloma Paula Pedro Petra Priya Quentin Rafael Rania Ravi
  Renata Rosa Ruben Sabine Salma Samira Sana Sara Sebastian Selma Simon Sofia Stefan Svea Tariq
  Tatiana Teo Teresa Theo Tim Tobias Uma Valentina Vera Victor Vikram Wanda Wei Yara Yasmin Yuki
  Yusuf Zainab Zoe`);

const LAST = words(`
  Abbas Acheampong Aguilar Ahmadi Alonso Alvarez Andersson Asante Aydin Baker Banerjee Barbieri
  Bauer Becker Bell Benali Berg Bianchi Blanc Boateng Brandt Bruno Campos Carter Castillo Chaudhry
  Chavez Conti Costa Cruz Dahl Das Delgado Demir Diallo Diaz Dimitrov Dubois Duran Eklund Eriksen
  Espinosa Esposito Farouk Ferrari Fischer Flores Fontaine Forsberg Fournier Frost Garcia Ghosh
  Girard Gomez Gonzalez Greco Gruber Guerrero Gupta Haddad Hansen Haugen Hayashi Hernandez Herrera
  Hoffmann Holm Horvat Huber Ibarra Ito Ivanova Iyer Jansen Jensen Johansson Kang Kapoor Karlsson
  Kaya Keller Khan Kim Koch Kovacs Kowalski Kumar Lang Larsen Laurent Lee Lehmann Leroy Lima
  Lindberg Lombardi Lopez Lund Maier Malik Marino Martin Mbeki Mehta Mendes Mendoza Mensah Meyer
  Moreau Moreno Moretti Moser Muller Murphy Nakamura Navarro Nguyen Nielsen Nilsen Novak Nowak Nunez
  Okafor Okeke Olsen Ortega Osei Owusu Park Patel Pereira Petrov Popescu Quist Ramirez Ramos Rao
  Rashid Reyes Ricci Richter Rinaldi Rojas Romano Rossi Roux Ruiz Sahin Saito Salazar Santos Sato
  Schmid Schneider Shah Sharma Silva Singh Soto Sousa Suzuki Takahashi Tanaka Torres Toure Tran
  Usman Vargas Vasquez Vega Virtanen Vogel Wagner Walker Wang Weber Weiss Wolf Wood Yamada Yilmaz
  Young Zhang Zhou Ziegler Zimmer`);

const MOODS = words(`
  amber autumn blue bold brisk calm clever copper early gentle golden green hidden hollow late
  lazy little lunar merry mild misty mossy northern paper plain quick quiet rainy rusty salty
  silent silver slow small snowy soft solar southern spare sunny tidal velvet warm wild winter`);

const THINGS = words(`
  alder anchor badger bakery beacon bicycle brook canyon cedar cello comet compass coral crane
  dune ember falcon fern fiddle finch fjord forest fox garden harbor heron juniper kettle lantern
  lark maple marble meadow moth notebook otter owl pebble pine plum quill raven reef river saddle
  sparrow spoon teapot thicket trail tulip violin walnut wharf willow`);

const MADE_UP = ["bakes", "codes", "draws", "hikes", "outside", "reads", "runs", "writes"] as const;

/** Makes people one after the other. It uses no handle that is in `taken`. */
export function peopleMaker(random: Random, taken: Iterable<string>): () => Person {
  const handles = new Set(taken);
  return () => {
    const first = random.pick(FIRST);
    const last = random.pick(LAST);
    const handle = freeHandle(handles, handleFor(random, first.toLowerCase(), last.toLowerCase()));
    handles.add(handle);
    return { handle, name: `${first} ${last}` };
  };
}

/** The patterns of handles: mostly from a name, sometimes from something else. */
function handleFor(random: Random, first: string, last: string): string {
  const year = String(random.below(100)).padStart(2, "0");
  const forms: (() => string)[] = [
    () => `${first}_${last}`,
    () => `${first}${last}`,
    () => `${first.slice(0, 1)}_${last}`,
    () => `${first}_${last.slice(0, 1)}${year}`,
    () => `${last}_${first}`,
    () => `${first}${year}`,
    () => `${first}_${random.pick(MADE_UP)}`,
    () => `${random.pick(MOODS)}_${random.pick(THINGS)}`,
    () => `${random.pick(THINGS)}_${first}`,
  ];
  return random.pick(forms)();
}

function freeHandle(taken: ReadonlySet<string>, wished: string): string {
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? "" : String(n);
    const handle = wished.slice(0, HANDLE_MAX_CHARS - suffix.length) + suffix;
    if (handle.length >= HANDLE_MIN_CHARS && !taken.has(handle)) return handle;
  }
}
