import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressesOf, findCookie, parseDisplayName } from "./address.ts";

describe("DISPLAY", () => {
  test.each([
    [":0", { host: "", display: 0, screen: 0 }],
    [":12.1", { host: "", display: 12, screen: 1 }],
    ["unix:3", { host: "", display: 3, screen: 0 }],
    ["unix/:3", { host: "", display: 3, screen: 0 }],
    ["localhost:10.0", { host: "localhost", display: 10, screen: 0 }],
    ["tcp/[::1]:4", { host: "::1", display: 4, screen: 0 }],
    ["", undefined],
    ["nonsense", undefined],
    ["/private/tmp/launchd/org.xquartz:0", undefined],
  ])("%j", (text, expected) => expect(parseDisplayName(text)).toEqual(expected));

  test("a host means TCP, no host a socket of this computer", () => {
    expect(addressesOf({ host: "far", display: 2, screen: 0 })).toEqual([{
      host: "far",
      port: 6002,
    }]);
    expect(addressesOf({ host: "", display: 2, screen: 0 })[0]).toEqual({
      path: "/tmp/.X11-unix/X2",
    });
  });
});

/** One entry as `xauth` writes it. */
function entry(
  family: number,
  address: string,
  number: string,
  name: string,
  data: number,
): number[] {
  const part = (bytes: Iterable<number>): number[] => {
    const list = [...bytes];
    return [list.length >> 8, list.length & 0xff, ...list];
  };
  const text = (value: string): number[] => part(new TextEncoder().encode(value));
  const numbers = part(Array.from({ length: 16 }, () => data));
  return [family >> 8, family & 0xff, ...text(address), ...text(number), ...text(name), ...numbers];
}

describe("the cookie", () => {
  const name = "MIT-MAGIC-COOKIE-1";
  const here = { display: 1, hostname: "here" };

  test("of this host and display comes before those of other hosts", () => {
    const file = Uint8Array.from([
      ...entry(256, "here", "0", name, 1),
      ...entry(256, "there", "1", name, 2),
      ...entry(256, "here", "1", "XDM-AUTHORIZATION-1", 3),
      ...entry(256, "here", "1", name, 4),
    ]);
    expect(findCookie(file, here)?.data[0]).toBe(4);
    expect(findCookie(file, { ...here, hostname: "renamed" })?.data[0]).toBe(2);
    expect(findCookie(file, { ...here, display: 7 })).toBeUndefined();
  });

  test("for all hosts and displays is taken", () => {
    const file = Uint8Array.from(entry(65535, "", "", name, 5));
    expect(findCookie(file, here)).toEqual({ name, data: new Uint8Array(16).fill(5) });
  });

  test("any bytes give one or none", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      findCookie(bytes, here);
    }));
    const whole = Uint8Array.from(entry(256, "here", "1", name, 4));
    for (let length = 0; length < whole.length; length++) {
      expect(findCookie(whole.subarray(0, length), here)).toBeUndefined();
    }
  });
});
