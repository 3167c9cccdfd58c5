import { expect, test } from "vitest";
import { overwrite } from "./_overwrite.ts";

test.each([new ArrayBuffer(40), new SharedArrayBuffer(40)])(
  "all bytes of a view, and no others",
  (buffer) => {
    const all = new Uint8Array(buffer);
    for (let from = 0; from < 8; from++) {
      for (let to = from; to <= 16; to++) {
        all.fill(7);
        overwrite(all.subarray(from, to));
        expect([...all]).toEqual(Array.from(all, (_, i) => i >= from && i < to ? 0 : 7));
      }
    }
  },
);
