import { expect, it } from "vitest";
import { isOurProxy } from "./proxy.ts";

it.each([
  ["127.0.0.1", 0, true],
  ["::1", 0, true],
  ["::ffff:127.0.0.1", 0, true],
  ["172.17.0.1", 0, true],
  ["fd00::1", 0, true],
  // What stands before the proxy's own word was written by whoever sent the request.
  ["127.0.0.1", 1, false],
  ["203.0.113.9", 0, false],
  ["2001:db8::1", 0, false],
  ["::ffff:203.0.113.9", 0, false],
])("%s as hop %d: %s", (address, hop, believed) => {
  expect(isOurProxy(address, hop)).toBe(believed);
});
