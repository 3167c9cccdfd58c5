import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameReader, MAX_FRAME } from "@otpsmith/simulator/expose";

describe("frames", () => {
  test("begin with the length, most significant byte first", () => {
    expect(encodeFrame(new Uint8Array(0x0102)).subarray(0, 2)).toEqual(Uint8Array.of(1, 2));
    expect(encodeFrame(new Uint8Array(0))).toEqual(Uint8Array.of(0, 0));
  });

  test("hold at most what their length can tell", () => {
    expect(encodeFrame(new Uint8Array(MAX_FRAME))).toHaveLength(MAX_FRAME + 2);
    expect(() => encodeFrame(new Uint8Array(MAX_FRAME + 1))).toThrow(RangeError);
  });

  test("come out as they went in, however the stream is chopped up", () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(payloads, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(encodeFrame));
        const reader = new FrameReader();
        const got: Uint8Array[] = [];
        for (let at = 0; at < stream.length;) {
          const size = cuts.next().value as number;
          got.push(...reader.push(stream.subarray(at, at += size)));
        }
        expect(got.map((payload) => [...payload])).toEqual(sent.map((payload) => [...payload]));
        expect(reader.partial).toBe(false);
      }),
    );
  });

  test("are partial as soon as their length has come and until their payload has", () => {
    const reader = new FrameReader();
    const steps = [0, 3, 1, 2, 3].map((byte) => {
      reader.push(Uint8Array.of(byte));
      return reader.partial;
    });
    expect(steps).toEqual([false, true, true, true, false]);
  });
});
