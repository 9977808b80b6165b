import { expect, it } from "vitest";
import { addressKey } from "./address.ts";

it.each([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["::FFFF:cb00:7109", "203.0.113.9"],
  ["0:0:0:0:0:ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:0::/64"],
  ["2001:0db8:0000:0001::", "2001:db8:0:1::/64"],
  ["2001:db8:1::9", "2001:db8:1:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4::/64"],
])("the address %s is counted as %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

it("what is no address is counted by itself, and requests without one together", () => {
  expect(addressKey("not:an:address")).toBe("not:an:address");
  expect(addressKey(undefined)).toBe(addressKey(undefined));
});
