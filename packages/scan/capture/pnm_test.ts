import fc from "fast-check";
import { expect, test } from "vitest";
import { readPpm } from "./_pnm.ts";

const ppm = (head: string, ...bytes: number[]): Uint8Array =>
  Uint8Array.from([...new TextEncoder().encode(head), ...bytes]);

test("colours", () => {
  const { data, ...size } = readPpm(ppm("P6\n2 1\n255\n", 255, 254, 253, 1, 2, 3))!;
  expect(size).toEqual({ width: 2, height: 1 });
  expect([...data]).toEqual([255, 254, 253, 0, 1, 2, 3, 0]);
});

test.each([
  ["another kind", ppm("P5\n1 1\n255\n", 1, 2, 3)],
  ["cut off", ppm("P6\n1 2\n255\n", 1, 2, 3)],
  ["no pixels", ppm("P6\n0 5\n255\n")],
  ["16 bits a colour", ppm("P6\n1 1\n65535\n", 1, 2, 3, 4, 5, 6)],
  ["nothing", new Uint8Array()],
])("%s is none", (_, bytes) => expect(readPpm(bytes)).toBeUndefined());

test("any bytes give a picture or none", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 99 }), (bytes) => {
    readPpm(Uint8Array.from([...new TextEncoder().encode("P6\n3 3\n255\n"), ...bytes]));
    readPpm(bytes);
  }));
});
