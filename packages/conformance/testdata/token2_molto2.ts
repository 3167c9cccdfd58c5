import { encodeCommand } from "@otpsmith/core/apdu";
import { decodeHex } from "@otpsmith/core/bytes";
import { Sm4 } from "@otpsmith/core/crypto";
import {
  answerMolto2Challenge,
  writeMolto2Seed,
  writeProfileClock,
  writeProfileTitle,
} from "@otpsmith/core/drivers/token2_molto2";
import { Secret } from "@otpsmith/core/secret";
import { golden } from "../../../tests/golden/mod.ts";
import type { GoldenCommand } from "../driver/setup.ts";
import type { ModelNotes } from "../model/setup.ts";

const { molto2: vectors, challenge, origin: source } = golden;
const cipher = new Sm4(decodeHex(vectors.sm4Key));

/** The driver's side of the golden bytes. */
export const molto2Commands: readonly GoldenCommand[] = [
  {
    name: "answer to the challenge",
    source,
    actual: () =>
      encodeCommand(answerMolto2Challenge.encode({ cipher, challenge: decodeHex(challenge) })),
    expected: vectors.answer,
  },
  ...vectors.seed.map(({ profile, seed, apdu }) => ({
    name: `seed ${seed}`,
    source,
    actual: () =>
      encodeCommand(
        writeMolto2Seed.encode({ cipher, slot: profile!, seed: Secret.take(decodeHex(seed)) }),
      ),
    expected: apdu,
  })),
  ...vectors.title.map(({ profile, title, apdu }) => ({
    name: `title ${title}`,
    source,
    actual: () => encodeCommand(writeProfileTitle.encode({ cipher, slot: profile, title })),
    expected: apdu,
  })),
  ...vectors.sync.map(({ profile, time, apdu }) => ({
    name: `clock of profile ${profile}`,
    source,
    actual: () =>
      encodeCommand(writeProfileClock.encode({ cipher, slot: profile, clockSeconds: time })),
    expected: apdu,
  })),
];

const ASK = ["804B080000", `${challenge}9000`] as const;
const PROVE = [vectors.answer, "9000"] as const;
const first = vectors.seed[0]!;
/** A write that is right in every way, but for its MAC. */
const FORGED = first.apdu.slice(0, -8) + "00000000";

/** The token's side: what docs/protocols/token2_molto2.md promises. */
export const molto2Notes: ModelNotes = {
  hello: "8041000000",
  refusals: [
    { sort: "unknown-class", name: "class 00", commands: ["0041000000"], status: "6E00" },
    { sort: "unknown-instruction", name: "80 10", commands: ["8010000000"], status: "6D00" },
    { sort: "wrong-length", name: "three bytes", commands: ["804100"], status: "6700" },
    { sort: "wrong-length", name: "cut data", commands: ["8041000002" + "02"], status: "6700" },
    {
      sort: "wrong-length",
      name: "no room for a MAC",
      commands: ["84C5010003000000"],
      status: "6700",
    },
    {
      sort: "wrong-length",
      name: "a profile with Le",
      commands: ["80410000017000"],
      status: "6FFB",
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
    { sort: "not-authenticated", name: "a seed", commands: [first.apdu], status: "6983" },
    { sort: "not-authenticated", name: "erasing", commands: ["80E6000000"], status: "6983" },
    { sort: "not-authenticated", name: "locking", commands: ["80D80C0200"], status: "6983" },
    {
      sort: "not-authenticated",
      name: "a title after a wrong answer",
      commands: [ASK[0], `80CE000010${"00".repeat(16)}`, vectors.title[0]!.apdu],
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
    {
      name: `seed ${first.seed}`,
      source,
      exchanges: [ASK, PROVE, [first.apdu, "9000"]],
      seed: first.seed, // in profile 0, which is the one that is looked at
    },
    ...vectors.seed.slice(1).map(({ seed, apdu }) => ({
      name: `seed ${seed} in another profile`,
      source,
      exchanges: [ASK, PROVE, [apdu, "9000"]] as const,
    })),
  ],
};
