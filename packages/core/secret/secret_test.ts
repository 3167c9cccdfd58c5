import { Console } from "node:console";
import { Writable } from "node:stream";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "./mod.ts";

const read = (secret: Secret): number[] => secret.use((bytes) => [...bytes]);

describe("Secret", () => {
  test("take copies and wipes the original, copyOf leaves it", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const copy = Secret.copyOf(bytes);
    expect([...bytes]).toEqual([1, 2, 3]);
    const taken = Secret.take(bytes);
    expect([...bytes]).toEqual([0, 0, 0]);
    expect([read(copy), read(taken)]).toEqual([[1, 2, 3], [1, 2, 3]]);
    expect([copy.length, copy.wiped]).toEqual([3, false]);
  });

  test("a Node Buffer too, whose slice() would share the memory", () => {
    const buffer = Buffer.from([1, 2, 3]);
    const copy = Secret.copyOf(buffer);
    const taken = Secret.take(buffer);
    expect([...buffer]).toEqual([0, 0, 0]);
    expect([read(copy), read(taken)]).toEqual([[1, 2, 3], [1, 2, 3]]);
    copy.wipe();
    expect(read(taken)).toEqual([1, 2, 3]);
  });

  test("a view at its own offset, and only the view is wiped", () => {
    const whole = Uint8Array.of(9, 1, 2, 9);
    expect(read(Secret.take(whole.subarray(1, 3)))).toEqual([1, 2]);
    expect([...whole]).toEqual([9, 0, 0, 9]);
  });

  test("wipe overwrites the bytes, is final, and can be repeated", () => {
    const secret = Secret.copyOf(Uint8Array.of(1, 2, 3));
    const clone = secret.clone();
    const inside = secret.use((bytes) => bytes);
    secret.wipe();
    secret.wipe();
    expect([...inside]).toEqual([0, 0, 0]);
    expect([secret.wiped, secret.length, String(secret)]).toEqual([true, 3, "[secret 3 bytes]"]);
    expect(() => secret.use(() => {})).toThrow("Cannot use secret: it has been wiped");
    expect(() => secret.clone()).toThrow(TypeError);
    expect(() => secret.equals(clone)).toThrow(TypeError);
    expect(() => clone.equals(secret)).toThrow(TypeError);
    expect(read(clone)).toEqual([1, 2, 3]);
    clone[Symbol.dispose]();
    expect(clone.wiped).toBe(true);
  });

  test("use lends the bytes and returns what its consumer returns", async () => {
    const secret = Secret.copyOf(Uint8Array.of(1, 2));
    expect(secret.use((bytes) => bytes.length)).toBe(2);
    await expect(secret.use((bytes) => Promise.resolve(bytes[1]))).resolves.toBe(2);
    expect(() =>
      secret.use(() => {
        throw new Error("mine");
      })
    ).toThrow("mine");
  });

  test("equals compares bytes", () => {
    fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(Secret.copyOf(a).equals(Secret.copyOf(a))).toBe(true);
      expect(Secret.copyOf(a).equals(Secret.copyOf(b))).toBe(String(a) === String(b));
    }));
    const zero = Secret.copyOf(Uint8Array.of(0));
    expect(zero.equals(Secret.copyOf(new Uint8Array()))).toBe(false);
  });
});

/** Every way in which a program commonly turns something into text. */
const printers: readonly [string, (secret: Secret) => string][] = [
  ["String()", (s) => String(s)],
  ["template", (s) => `${s}`],
  ["concatenation", (s) => "" + s],
  ["JSON", (s) => JSON.stringify(s)],
  ["JSON, nested", (s) => JSON.stringify({ deep: [{ s }] })],
  ["toLocaleString", (s) => s.toLocaleString()],
  ["inspect", (s) => inspect(s)],
  ["inspect, everything", (s) => inspect({ s }, { showHidden: true, depth: null, getters: true })],
  [
    "inspect without hooks, as console.dir",
    (s) => inspect(s, { customInspect: false, showHidden: true }),
  ],
  ["format %s", (s) => format("%s", s)],
  ["format %o", (s) => format("%o", s)],
  ["format %O", (s) => format("%O", s)],
  ["format %j", (s) => format("%j", s)],
  ["format %d", (s) => format("%d", s)],
  ["error message", (s) => inspect(new Error(`bad ${s}`, { cause: s }))],
  ["keys and values", (s) => JSON.stringify([Object.entries(s), Reflect.ownKeys(s).map(String)])],
  ["spread", (s) => inspect({ ...s })],
  ["structuredClone", (s) => inspect(structuredClone(s), { showHidden: true })],
  ["a table on the console", (s) => {
    let out = "";
    const stdout = new Writable({
      write: (chunk, _, done) => {
        out += String(chunk);
        done();
      },
    });
    const console = new Console({ stdout });
    console.table([{ s }]);
    console.log(s, [s], new Map([["s", s]]));
    console.dir(s, { depth: null });
    return out;
  }],
];

test.each(printers)("%s shows no byte", (_, print) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 80 }), (bytes) => {
      const text = print(Secret.copyOf(bytes));
      // What is printed may depend on the length alone.
      expect(text.replace(/at .*/g, "")).toBe(
        print(Secret.copyOf(new Uint8Array(bytes.length))).replace(/at .*/g, ""),
      );
    }),
    { numRuns: 30 },
  );
});

test("strings, JSON and inspection name the length", () => {
  const secret = Secret.copyOf(new Uint8Array(20));
  for (const text of [String(secret), JSON.parse(JSON.stringify(secret)), inspect(secret)]) {
    expect(text).toBe("[secret 20 bytes]");
  }
});

test("the inspector of Deno finds its hook", () => {
  const hook = Reflect.get(Secret.prototype, Symbol.for("Deno.customInspect")) as () => string;
  expect(hook.call(Secret.copyOf(new Uint8Array(20)))).toBe("[secret 20 bytes]");
});
