import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { T1, T1Error } from "./protocol.ts";
import { fuzzRuns } from "../testdata/fuzz_runs.ts";

/** What is said in turn: the host's block, and what comes back. Blocks without their LRC. */
type Script = readonly (readonly [host: string, card: string])[];

function lrc(hex: string): Uint8Array {
  const bytes = decodeHex(hex);
  return Uint8Array.of(...bytes, bytes.reduce((sum, byte) => sum ^ byte, 0));
}

/** A host that talks to a script, and how long it is told to wait. */
function host(script: Script, ifsc = 32) {
  const left = [...script];
  const waits: number[] = [];
  const t1 = new T1({
    check: "lrc",
    ifsc,
    carry: (block, { waitMultiplier }) => {
      const [expected, answer] = left.shift() ?? ["nothing more", "silent"];
      expect(encodeHex(block.subarray(0, -1))).toBe(expected.replaceAll(" ", ""));
      waits.push(waitMultiplier);
      if (answer === "silent" || answer === "damaged") return Promise.resolve(answer);
      return Promise.resolve(lrc(answer.replaceAll(" ", "")));
    },
  });
  return { t1, left, waits };
}

const COMMAND = decodeHex("00A40400");

async function run(script: Script, ifsc?: number, command = COMMAND): Promise<string> {
  const { t1, left } = host(script, ifsc);
  const answer = await t1.transceive(command);
  expect(left).toEqual([]);
  return encodeHex(answer);
}

async function fail(script: Script, ifsc?: number): Promise<T1Error> {
  const { t1, left } = host(script, ifsc);
  const error = await t1.transceive(COMMAND).then(() => undefined, (thrown: unknown) => thrown);
  expect(left).toEqual([]);
  expect(error).toBeInstanceOf(T1Error);
  return error as T1Error;
}

// The scenarios are those of ISO/IEC 7816-3, annex A, as far as a host meets them.
describe("without errors", () => {
  test("numbers alternate from command to command", async () => {
    const { t1 } = host([
      ["00 00 04 00A40400", "00 00 02 9000"],
      ["00 40 04 00A40400", "00 40 02 9000"],
      ["00 00 04 00A40400", "00 00 02 9000"],
    ]);
    for (let i = 0; i < 3; i++) expect(encodeHex(await t1.transceive(COMMAND))).toBe("9000");
  });

  test("both sides chain", async () => {
    expect(
      await run([
        ["00 20 02 00A4", "00 90 00"],
        ["00 40 02 0400", "00 20 01 AA"],
        ["00 90 00", "00 60 01 BB"],
        ["00 80 00", "00 00 02 9000"],
      ], 2),
    ).toBe("AABB9000");
  });

  test("the card asks for time, and is waited for that many times as long", async () => {
    const { t1, waits } = host([
      ["00 00 04 00A40400", "00 C3 01 05"],
      ["00 E3 01 05", "00 C3 01 00"],
      ["00 E3 01 00", "00 00 02 9000"],
    ]);
    await t1.transceive(COMMAND);
    expect(waits).toEqual([1, 5, 1]);
  });

  test("the card takes longer blocks from now on", async () => {
    expect(
      await run([
        ["00 20 01 00", "00 C1 01 03"],
        ["00 E1 01 03", "00 90 00"],
        ["00 40 03 A40400", "00 00 02 9000"],
      ], 1),
    ).toBe("9000");
  });

  test("the host says how long blocks it takes", async () => {
    const { t1, left } = host([["00 C1 01 FE", "silent"], ["00 C1 01 FE", "00 E1 01 FE"]]);
    await t1.announce(254);
    expect(left).toEqual([]);
  });

  test("a card that does not take that is told of three times", async () => {
    const { t1 } = host(Array(3).fill(["00 C1 01 FE", "00 82 00"]));
    await expect(t1.announce(254)).rejects.toMatchObject({ name: "T1Error", sent: false });
  });
});

describe("repair", () => {
  test.each([
    ["silence", "silent", "00 82 00"],
    ["damage on the way", "damaged", "00 81 00"],
    ["what is no block", "00 04 00", "00 82 00"],
  ])("%s: the answer is asked for again", async (_, bad, request) => {
    expect(
      await run([["00 00 04 00A40400", bad], [request, "00 00 02 9000"]]),
    ).toBe("9000");
  });

  test("the card has not understood: the same part once more", async () => {
    expect(
      await run([
        ["00 20 02 00A4", "00 81 00"],
        ["00 20 02 00A4", "00 90 00"],
        ["00 40 02 0400", "00 92 00"],
        ["00 40 02 0400", "00 00 02 9000"],
      ], 2),
    ).toBe("9000");
  });

  test("the answer before comes once more: the command has not come", async () => {
    expect(
      await run([["00 00 04 00A40400", "00 40 02 9000"], ["00 00 04 00A40400", "00 00 02 9000"]]),
    ).toBe("9000");
  });

  test("a part of the answer comes twice", async () => {
    expect(
      await run([
        ["00 00 04 00A40400", "00 20 01 AA"],
        ["00 90 00", "00 20 01 AA"],
        ["00 92 00", "00 40 02 9000"],
      ]),
    ).toBe("AA9000");
  });

  test("a part of the answer is lost, and asked for again", async () => {
    expect(
      await run([
        ["00 00 04 00A40400", "00 20 01 AA"],
        ["00 90 00", "silent"],
        ["00 92 00", "00 40 02 9000"],
      ]),
    ).toBe("AA9000");
  });

  test("as long as the command is not complete, it is begun anew", async () => {
    expect(
      await run([
        ["00 20 02 00A4", "silent"],
        ["00 82 00", "silent"],
        ["00 82 00", "silent"],
        ["00 C0 00", "00 E0 00"],
        ["00 20 02 00A4", "00 90 00"],
        ["00 40 02 0400", "00 00 02 9000"],
      ], 2),
    ).toBe("9000");
  });

  test("a command that was complete is not sent again: the card may have carried it out", async () => {
    const error = await fail([
      ["00 00 04 00A40400", "silent"],
      ["00 82 00", "silent"],
      ["00 82 00", "silent"],
      ["00 C0 00", "00 E0 00"],
    ]);
    expect(error.sent).toBe(true);
  });

  test.each([[2, false], [32, true]])(
    "a card that never answers: three tries each, and an end (%i bytes a block)",
    async (ifsc, sent) => {
      const first = ifsc === 2 ? "00 20 02 00A4" : "00 00 04 00A40400";
      const error = await fail([
        [first, "silent"],
        ["00 82 00", "silent"],
        ["00 82 00", "silent"],
        ["00 C0 00", "silent"],
        ["00 C0 00", "damaged"],
        ["00 C0 00", "00 82 00"],
      ], ifsc);
      expect(error).toMatchObject({ message: "the card does not answer any more", sent });
    },
  );

  test("a card that breaks off", async () => {
    const error = await fail([["00 00 04 00A40400", "00 C2 00"]]);
    expect(error).toMatchObject({ message: "the card has broken off", sent: true });
  });

  test.each(["00 E3 01 01", "00 C0 00"])("a supervision out of place: %s", async (bad) => {
    const error = await fail([
      ...Array(3).fill(["00 00 04 00A40400", bad]) as Script,
      ["00 C0 00", "00 E0 00"],
    ]);
    expect(error.sent).toBe(true);
  });

  test("the card acknowledges the last part and says nothing", async () => {
    expect(
      await run([
        ["00 00 04 00A40400", "00 90 00"],
        ["00 82 00", "00 00 02 9000"],
      ]),
    ).toBe("9000");
  });
});

test("a card that says anything at all: an end after so many blocks, and no answer that it did not give", async () => {
  let inputs = 0;
  const said = fc.oneof(
    fc.constantFrom("silent" as const, "damaged" as const),
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom("009000", "00C30101", "00200100", "00600100", "00C10101").map(lrc),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 12 }), async (answers) => {
      let blocks = 0;
      const t1 = new T1({
        check: "lrc",
        ifsc: 2,
        carry: () => Promise.resolve(answers[blocks++ % answers.length]!),
      });
      inputs++;
      await t1.transceive(COMMAND).catch((error: unknown) => expect(error).toBeInstanceOf(T1Error));
      expect(blocks).toBeLessThanOrEqual(4096);
    }),
    fuzzRuns(300),
  );
  console.info(`T=1 conversations: ${inputs} inputs`);
});

test("what was sent is overwritten", async () => {
  const kept: Uint8Array[] = [];
  const t1 = new T1({
    check: "crc",
    ifsc: 254,
    carry: (block) => {
      kept.push(block);
      return Promise.resolve("silent");
    },
  });
  await t1.transceive(COMMAND).catch(() => undefined);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.flatMap((block) => [...block]).every((byte) => byte === 0)).toBe(true);
});
