import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "./limits.ts";

test("an IPv4 address counts for itself, mapped or not", () => {
  assert.equal(networkOf("192.0.2.7"), "192.0.2.7");
  assert.equal(networkOf("::ffff:192.0.2.7"), "192.0.2.7");
});

test("all addresses of an IPv6 /64 count as one", () => {
  assert.equal(networkOf("2001:db8:0:1::1"), "2001:db8:0:1");
  assert.equal(networkOf("2001:DB8:0:1:aaaa:bbbb:cccc:dddd"), "2001:db8:0:1");
  assert.equal(networkOf("2001:0db8::5:6"), networkOf("2001:db8:0:0:9::"));
  assert.notEqual(networkOf("2001:db8:0:2::1"), networkOf("2001:db8:0:1::1"));
  assert.equal(networkOf("fe80::1%eth0"), "fe80:0:0:0");
  assert.equal(networkOf("::1"), "0:0:0:0");
});
