import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { otpauth, randomFrom, symbolOf, symbolOfBytes } from "../testdata/symbols.ts";
import { decodeMatrix, type MatrixRead, type Modules } from "./decode_matrix.ts";
import { layoutOfSize } from "./layout.ts";
import { bytesOf, textOf } from "./text.ts";
import { blockPlan, LEVELS, MAX_VERSION } from "./versions.ts";

function decode(modules: Modules, doubt?: Uint8Array): MatrixRead | undefined {
  const none = new Uint8Array(modules.dark.length);
  return decodeMatrix(modules, { doubts: doubt ? [none, doubt] : [none], believe: () => true });
}

const text = (read: MatrixRead | undefined): string | undefined =>
  read && textOf(bytesOf(read.segments));

describe("all versions and levels", () => {
  const random = randomFrom(1);
  test.each(Array.from({ length: MAX_VERSION }, (_, i) => i + 1))("version %i", (version) => {
    for (const level of LEVELS) {
      const mask = Math.floor(random() * 8);
      const content = `v${version}${level}`;
      const read = decode(symbolOf(content, { version, level, mask }));
      expect(text(read)).toBe(content);
      expect(read).toMatchObject({ version, level, mask, redundancy: { errors: 0, erasures: 0 } });
    }
  });
});

describe("damage within the capacity", () => {
  const symbols = fc.record({
    version: fc.integer({ min: 1, max: MAX_VERSION }),
    level: fc.constantFrom(...LEVELS),
    seed: fc.integer(),
  });

  test("wrong codewords, and codewords left out, are restored", () => {
    fc.assert(fc.property(symbols, ({ version, level, seed }) => {
      const random = randomFrom(seed);
      const symbol = symbolOf("HELLO 123", { version, level });
      const dark = symbol.dark.slice();
      const { order } = layoutOfSize(symbol.size)!;
      const { check, blocks } = blockPlan(version, level);
      const doubt = new Uint8Array(dark.length);
      let damaged = 0;
      for (const block of blocks) {
        const errors = Math.floor(random() * (check - 4) / 2 + 0.5);
        const erasures = check - 4 - 2 * errors;
        damaged += errors + erasures;
        const places = [...block].sort(() => random() - 0.5).slice(0, errors + erasures);
        for (const [i, place] of places.entries()) {
          const noise = 1 + Math.floor(random() * 255);
          for (let bit = 0; bit < 8; bit++) {
            const module = order[place * 8 + bit]!;
            dark[module]! ^= noise >> bit & 1;
            if (i >= errors) doubt[module] = 1;
          }
        }
      }
      const read = decode({ size: symbol.size, dark }, doubt);
      // The rule on evidence may refuse what could be restored; it never gives anything else.
      if (read) expect(text(read)).toBe("HELLO 123");
      if (damaged === 0) expect(read).toBeDefined();
    }));
  });

  test("up to the limit: seven wrong of 16 check bytes at level M", () => {
    const symbol = symbolOf("a".repeat(20), { version: 2, level: "M" });
    const { order } = layoutOfSize(symbol.size)!;
    for (let count = 0; count <= 9; count++) {
      const dark = symbol.dark.slice();
      for (let place = 0; place < count; place++) dark[order[place * 8]!]! ^= 1;
      const read = decode({ size: symbol.size, dark });
      // The rule: four check bytes are left. Six wrong bytes use twelve of 16.
      if (count > 6) expect(read).toBeUndefined();
      else {expect(read?.redundancy).toEqual({
          check: 16,
          errors: count,
          erasures: 0,
          unused: 16 - 2 * count,
        });}
    }
  });

  test("erasures cost half of what errors cost, and are told", () => {
    const symbol = symbolOf("a".repeat(20), { version: 2, level: "M" });
    const { order } = layoutOfSize(symbol.size)!;
    const dark = symbol.dark.slice(), doubt = new Uint8Array(dark.length);
    for (const module of order.subarray(0, 12 * 8)) [dark[module], doubt[module]] = [1, 1];
    const read = decode({ size: symbol.size, dark }, doubt);
    expect(text(read)).toBe("a".repeat(20));
    expect(read?.redundancy).toEqual({ check: 16, errors: 0, erasures: 12, unused: 4 });
    expect(read?.erased).toEqual(order.slice(0, 12 * 8).sort());
  });

  test("no doubt is needed where solved blocks show what is covered", () => {
    const random = randomFrom(5);
    let read = 0;
    for (let i = 0; i < 40; i++) {
      const content = otpauth(random, 230);
      const symbol = symbolOf(content, { level: "H" });
      const dark = symbol.dark.slice();
      const side = Math.floor(symbol.size * 0.52);
      const left = Math.floor(random() * (symbol.size - side)),
        top = 9 + Math.floor(random() * (symbol.size - side - 18));
      for (let y = top; y < top + side; y++) {
        for (let x = left; x < left + side; x++) dark[y * symbol.size + x] = random() < 0.5 ? 1 : 0;
      }
      const found = decode({ size: symbol.size, dark });
      if (!found) continue;
      expect(text(found)).toBe(content);
      if (found.redundancy.erasures > 0) read++;
    }
    expect(read).toBeGreaterThan(20);
  });

  test("one copy of the format information is enough", () => {
    for (const level of LEVELS) {
      const symbol = symbolOf("HELLO", { version: 5, level });
      const { format } = layoutOfSize(symbol.size)!;
      for (const copy of format) {
        const dark = symbol.dark.slice();
        for (const module of copy) dark[module] = 0;
        expect(text(decode({ size: symbol.size, dark }))).toBe("HELLO");
      }
    }
  });
});

test("any modules end in bounded time, and none is taken for a code", () => {
  const sizes = fc.constantFrom(...[1, 2, 5, 7, 10, 25, 40].map((version) => 17 + 4 * version));
  fc.assert(
    fc.property(sizes, fc.integer(), (size, seed) => {
      const random = randomFrom(seed);
      const dark = Uint8Array.from({ length: size * size }, () => random() < 0.5 ? 1 : 0);
      expect(decode({ size, dark })).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});

test("any bytes come back as they are", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.constantFrom(...LEVELS),
      (bytes, level) => {
        const read = decode(symbolOfBytes(bytes, { level }));
        expect(read && bytesOf(read.segments)).toEqual(bytes);
      },
    ),
  );
});
