/** Whom to believe about a request's address when a proxy stands in front. */
import { BlockList, isIPv6 } from "node:net";

const ownNetworks = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const)
  ownNetworks.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  ownNetworks.addSubnet(network, bits, "ipv6");

/**
 * For Fastify's `trustProxy`: the peer itself, where it is of this machine or its private network, and nobody beyond. So a
 * request's address is the last that X-Forwarded-For names, which the proxy wrote, never what a client put before it.
 */
export function isOurProxy(address: string, hop: number): boolean {
  return hop === 0 && ownNetworks.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
