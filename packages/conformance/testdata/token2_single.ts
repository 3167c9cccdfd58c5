import { encodeCommand } from "@otpsmith/core/apdu";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Sm4 } from "@otpsmith/core/crypto";
import {
  answerChallenge,
  readInfo,
  writeConfiguration,
  writeSeed,
} from "@otpsmith/core/drivers/token2_single";
import { Secret } from "@otpsmith/core/secret";
import { golden } from "../../../tests/golden/mod.ts";
import type { GoldenCommand } from "../driver/setup.ts";
import type { ModelNotes } from "../model/setup.ts";

const { token2single: vectors, challenge, origin: source } = golden;
const cipher = new Sm4(decodeHex(vectors.sm4Key));
const ALGORITHM = { 1: "SHA1", 2: "SHA256" } as const;

/** The driver's side of the golden bytes. */
export const goldenCommands: readonly GoldenCommand[] = [
  {
    name: "read serial and clock",
    source,
    actual: () => encodeCommand(readInfo.encode()),
    expected: "80410000020211",
  },
  {
    name: "answer to the challenge",
    source,
    actual: () => {
      return encodeCommand(answerChallenge.encode({ cipher, challenge: decodeHex(challenge) }));
    },
    expected: vectors.answer,
  },
  ...vectors.seed.map(({ seed, apdu }) => ({
    name: `seed ${seed}`,
    source,
    actual: () => {
      return encodeCommand(writeSeed.encode({ cipher, seed: Secret.take(decodeHex(seed)) }));
    },
    expected: apdu,
  })),
  ...vectors.config.map(({ displayOff, alg, step, time = golden.time, apdu }) => ({
    name: `settings ${step} s`,
    source,
    actual: () => {
      const displayOffSeconds = [15, 30, 60, 120][displayOff]!;
      const settings = { clockSeconds: time, algorithm: ALGORITHM[alg], period: step };
      return encodeCommand(
        writeConfiguration.encode({ cipher, configuration: { ...settings, displayOffSeconds } }),
      );
    },
    expected: apdu,
  })),
];

const ASK = ["804B08000100", `${challenge}9000`] as const;
const PROVE = [vectors.answer, "9000"] as const;
const [first] = vectors.seed;
/** A write that is right in every way, but for its MAC. */
const FORGED = first!.apdu.slice(0, -8) + "00000000";

/** The token's side: what docs/protocols/token2_single.md promises. */
export const notes: ModelNotes = {
  hello: "80410000020211",
  refusals: [
    { sort: "unknown-class", name: "class 00", commands: ["00410000020211"], status: "6E00" },
    {
      sort: "unknown-class",
      name: "SELECT of a FIDO key",
      commands: ["00A4040008A0000006472F0001"],
      status: "6E00",
    },
    { sort: "unknown-instruction", name: "80 10", commands: ["8010000000"], status: "6D00" },
    {
      sort: "unknown-instruction",
      name: "a secured 10",
      commands: ["8410000004" + "00000000"],
      status: "6983",
    },
    { sort: "wrong-length", name: "three bytes", commands: ["804100"], status: "6700" },
    { sort: "wrong-length", name: "cut data", commands: ["8041000002" + "02"], status: "6700" },
    {
      sort: "wrong-length",
      name: "no room for a MAC",
      commands: ["84C5010003000000"],
      status: "6700",
    },
    {
      sort: "wrong-order",
      name: "an answer to no challenge",
      commands: [PROVE[0]],
      status: "6A80",
    },
    {
      sort: "wrong-order",
      name: "a second answer to one challenge",
      commands: [ASK[0], PROVE[0], PROVE[0]],
      status: "6A80",
    },
    {
      sort: "not-authenticated",
      name: "a seed",
      commands: [first!.apdu],
      status: "6983",
    },
    {
      sort: "not-authenticated",
      name: "settings",
      commands: [vectors.config[0]!.apdu],
      status: "6983",
    },
    {
      sort: "not-authenticated",
      name: "a seed after a challenge that was not answered",
      commands: [ASK[0], first!.apdu],
      status: "6983",
    },
    {
      sort: "not-authenticated",
      name: "a seed after a wrong answer",
      commands: [ASK[0], `80CE000010${"00".repeat(16)}`, first!.apdu],
      status: "6983",
    },
    {
      sort: "not-authenticated",
      name: "a seed whose MAC is wrong",
      commands: [ASK[0], PROVE[0], FORGED],
      status: "6983",
    },
  ],
  vectors: [
    ...vectors.seed.map(({ seed, apdu }) => ({
      name: `seed ${seed}`,
      source,
      exchanges: [ASK, PROVE, [apdu, "9000"]] as const,
      seed,
    })),
    {
      name: "info of the open firmware's default token",
      source: "token2/openT2OTP@612317a",
      exchanges: [[
        "80410000020211",
        "0000000E" + encodeHex(new TextEncoder().encode("86596320000001")) + "00006553F100" +
        "9000",
      ]],
    },
  ],
};
