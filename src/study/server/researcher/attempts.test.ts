import { expect, test } from "vitest";
import { LoginAttempts, network } from "./attempts.ts";

test("five attempts at once, then waits that double up to a quarter of an hour", () => {
  let now = 0;
  const attempts = new LoginAttempts(() => now);
  for (let i = 0; i < 5; i++) expect(attempts.begin("10.0.0.1")).toBe(0);
  const waits: number[] = [];
  for (let i = 0; i < 14; i++) {
    const wait = attempts.begin("10.0.0.1");
    waits.push(wait);
    expect(attempts.begin("10.0.0.2") === 0 || i > 4).toBe(true);
    now += wait * 1000;
    expect(attempts.begin("10.0.0.1")).toBe(0);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
});

test("a success and an hour of peace both begin anew", () => {
  let now = 0;
  const attempts = new LoginAttempts(() => now);
  for (let i = 0; i < 5; i++) attempts.begin("a");
  expect(attempts.begin("a")).toBe(1);
  attempts.succeeded("a");
  for (let i = 0; i < 5; i++) expect(attempts.begin("a")).toBe(0);
  now += 3_600_001;
  for (let i = 0; i < 5; i++) expect(attempts.begin("a")).toBe(0);
});

test("remembers a limited number of addresses, the latest ones", () => {
  const attempts = new LoginAttempts(() => 0);
  for (let i = 0; i < 5; i++) attempts.begin("first");
  expect(attempts.begin("first")).toBe(1);
  for (let i = 0; i < 10_000; i++) attempts.begin(`other ${i}`);
  expect(attempts.begin("first")).toBe(0);
});

test("an IPv6 network is one, whatever the spelling; IPv4 in IPv6 is the IPv4 address", () => {
  expect(network("2001:db8:0:1::5")).toBe(network("2001:0db8::1:ffff:0:0:9"));
  expect(network("2001:db8:0:1::5")).not.toBe(network("2001:db8:0:2::5"));
  expect(network("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
  expect(network("::1")).toBe("0:0:0:0::/64");
  expect(network("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(network("192.0.2.7")).toBe("192.0.2.7");
});
