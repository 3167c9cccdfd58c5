import { describe, expect, test } from "vitest";
import type { VirtualFamily } from "./firmware.ts";
import { memoryFlash } from "./parts/flash.ts";
import { parseTokenSpec, serialFor, TOKEN_SPECS } from "./token_spec.ts";
import { createVirtualToken } from "./virtual_token.ts";

test("models go by their names in any case", () => {
  for (const { name } of TOKEN_SPECS) {
    expect(parseTokenSpec(name).name).toBe(name);
    expect(parseTokenSpec(` ${name.toUpperCase()} `).name).toBe(name);
  }
});

test("what is no model is not repeated; the models are listed", () => {
  for (const text of ["", "token2-single", "token2-single:", "JBSWY3DPEHPK3PXP", "C302-i"]) {
    expect(() => parseTokenSpec(text)).toThrow(expect.objectContaining({
      code: "format/token-spec",
      message: "Cannot simulate token: there is no such model",
      next: expect.stringMatching(/token2-single:OTPC-P1-i, .*token2-single:C302-i.*unknown/),
    }));
  }
});

describe("a family that lives elsewhere", () => {
  const family: VirtualFamily = {
    name: "pebble",
    models: [
      { name: "One", prefix: "10", digits: 8, restricted: false },
      { name: "Duo", prefix: "1099", digits: 8, restricted: true },
      { name: "unknown", prefix: undefined, digits: 8, restricted: false },
    ],
    produce: () => ({}),
    boot: () => ({
      atr: Uint8Array.of(0x3b, 0x00),
      process: () => Uint8Array.of(0x90, 0x00),
      forgetSession: () => {},
      tearNextWrite: () => {},
    }),
  };

  test("is found beside those that are built in, and listed with them", () => {
    expect(parseTokenSpec("Pebble:one", [family])).toMatchObject({ name: "pebble:One", family });
    expect(parseTokenSpec("token2-single:C302-i", [family]).family).not.toBe(family);
    expect(() => parseTokenSpec("pebble:Tre", [family])).toThrow(
      expect.objectContaining({ next: expect.stringMatching(/C302-i.*, pebble:One, /) }),
    );
    expect(() => parseTokenSpec("pebble:One")).toThrow("there is no such model");
  });

  test("has its own serial numbers, and its firmware runs", async () => {
    const token = createVirtualToken({ model: "pebble:One", families: [family] });
    expect(token.serial).toBe("10000001");
    expect(await token.card.process(new Uint8Array(5))).toEqual(Uint8Array.of(0x90, 0x00));
    const make = (serial: string) => () =>
      createVirtualToken({ model: "pebble:unknown", families: [family], serial });
    expect(make("99000001")().serial).toBe("99000001");
    expect(make("10000001")).toThrow("that is a serial number of pebble:One");
    expect(make("10990001")).toThrow("that is a serial number of pebble:Duo");
  });

  test("is named again for a storage that has one of its tokens", () => {
    const storage = memoryFlash();
    createVirtualToken({ model: "pebble:One", families: [family], storage });
    expect(createVirtualToken({ families: [family], storage }).model).toBe("pebble:One");
    expect(() => createVirtualToken({ storage })).toThrow("there is no such model");
  });
});

describe("serial numbers", () => {
  const c302 = parseTokenSpec("token2-single:C302-i");
  const unknown = parseTokenSpec("token2-single:unknown");
  const of = (spec: typeof c302, serial?: string, ordinal = 1): string =>
    serialFor(spec, serial, { ordinal });

  test("have 14 digits, and the model's prefix unless given", () => {
    expect([of(c302), of(c302, undefined, 12)]).toEqual(["86596320000001", "86596320000012"]);
    expect(of(c302, "86596321234567")).toBe("86596321234567");
    expect(of(unknown, "12345678901234")).toBe("12345678901234");
  });

  test.each([
    [c302, "8659632000000", "its serial number is not 14 digits"],
    [c302, "8659632000000A", "its serial number is not 14 digits"],
    [c302, "86596320000001\n", "its serial number is not 14 digits"],
    [c302, "86596100000001", "that is a serial number of token2-single:C301-i"],
    [c302, "12345678901234", "that is a serial number of no known model"],
    [unknown, "86596100000001", "that is a serial number of token2-single:C301-i"],
    [unknown, undefined, "it needs a serial number"],
  ])("%o with %s is refused", (spec, serial, state) => {
    expect(() => of(spec, serial)).toThrow(expect.objectContaining({
      code: "format/serial",
      message: `Cannot simulate ${spec.name}: ${state}`,
      next: expect.stringMatching(/\.$/),
    }));
  });
});
