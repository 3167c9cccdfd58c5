import {
  protectimusFrame,
  protectimusSlim,
  readCode,
  readInfo,
  setClock,
} from "@otpsmith/core/drivers/protectimus_slim";
import { tokensUnderTest } from "@otpsmith/simulator";
import { protectimus as vectors } from "../../../tests/golden/protectimus.ts";
import type { Supports } from "../case.ts";
import type { DriverSetup, GoldenCommand } from "../driver/setup.ts";

const source = "SySS-Research/protectimus-slim-proxmark3@c113bcb, tests/golden/protectimus.ts";
const { time: seconds } = vectors;

const golden: readonly GoldenCommand[] = [
  {
    name: "the question for the code",
    source,
    actual: () => protectimusFrame(readCode.encode()),
    expected: vectors.readCode,
  },
  {
    name: "the question what it is",
    source,
    actual: () => protectimusFrame(readInfo.encode()),
    expected: vectors.readInfo,
  },
  ...([[30, vectors.setClock30], [60, vectors.setClock60]] as const).map(([period, expected]) => ({
    name: `a clock with steps of ${period} s`,
    source,
    actual: () => protectimusFrame(setClock.encode({ seconds, period })),
    expected,
  })),
];

/** A token whose code is read and whose clock is set, and whose seed is not written. */
export function slimSetup(differences: Partial<DriverSetup> = {}): Promise<DriverSetup> {
  return Promise.resolve({
    driver: protectimusSlim(),
    tokens: tokensUnderTest({ model: "protectimus-slim:SLIM-NFC" }),
    golden,
    statusWords: false, // its frames have none
    ...differences,
  });
}

/** What cannot be shown with it. */
export const SLIM_SUPPORTS: Supports = {
  "seed": "how its seed is written is not public",
  "computed": "it shows codes, and computes none for others",
  "clock-read": "it does not tell its time: the code that it tells says how far its clock is off",
  "secret": "it asks for no key",
  "touch": "no code of it wants a touch",
  "unknown-model":
    "other versions are named by their numbers and only read: tests/protectimus_test.ts",
};
