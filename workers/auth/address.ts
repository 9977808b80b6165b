/** The addresses of clients, as the limits tell them apart. */

/** Groups of an IPv6 address that name a network of one customer: a /64 is the smallest that is given out. */
const NETWORK_GROUPS = 4;

/**
 * The key under which requests from an address are counted. Who has an IPv6 address has all those of its
 * /64, so these are one; an IPv4 address is the same in each of its spellings as an IPv6 address.
 * @param address as the network gives it, in `cf-connecting-ip`
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return "unknown address";
  if (!address.includes(":")) return address;
  const url = URL.parse(`http://[${address}]/`);
  // The platform gives only addresses; what is none is its own key all the same.
  if (url === null) return address;
  const groups = groupsOf(url.hostname.slice(1, -1));
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return [groups[6], groups[7]].flatMap(bytesOf).join(".");
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** The eight groups of an address in the form that URLs have: without zeros in front, with at most one `::`. */
function groupsOf(canonical: string): number[] {
  const [left = [], right = []] = canonical
    .split("::")
    .map((side) => side.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

function bytesOf(group = 0): [number, number] {
  return [group >> 8, group & 0xff];
}
