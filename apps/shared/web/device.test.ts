import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceName } from "./device.ts";

test("a device is told by browser and system", () => {
  const cases = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36":
      "Chrome · Windows",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0":
      "Edge · Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1":
      "Safari · iPhone",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox · Linux",
    "curl/8.5.0": "curl",
    "": "",
    "<script>": "",
  };
  for (const [userAgent, name] of Object.entries(cases)) assert.equal(deviceName(userAgent), name);
});
