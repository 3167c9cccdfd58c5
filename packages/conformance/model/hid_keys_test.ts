import { describe, it } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { repeatingRandom, tokensUnderTest } from "@otpsmith/simulator";
import { pinPlus } from "../../../tests/golden/token2_pinplus.ts";
import type { Supports } from "../case.ts";
import { describeModel } from "../describe_cases.ts";
import {
  framedNotes,
  nitrokeyNotes,
  onlykeyInUseNotes,
  onlykeyNotes,
  secretsHidNotes,
  slotHidNotes,
  tunnelledNotes,
} from "../testdata/hid_notes.ts";
import type { ModelNotes } from "./setup.ts";

const COMPUTES = "it computes codes for whoever asks, and shows none";
const NO_CLASS = "its reports have no class";
const SEPARATE = "tried with onlykey:onlykey";

const TWINS: readonly {
  readonly model: string;
  readonly application?: string;
  readonly notes: ModelNotes;
  readonly supports: Supports;
}[] = [
  {
    model: "oath:yubikey5",
    application: "slots",
    notes: slotHidNotes,
    supports: {
      "display": COMPUTES,
      "unknown-class": NO_CLASS,
      "not-authenticated": "there is no session: each write carries the code of its slot",
    },
  },
  ...["pro", "storage"].map((model) => ({
    model: `nitrokey:${model}`,
    notes: nitrokeyNotes,
    supports: { "display": COMPUTES, "unknown-class": NO_CLASS },
  })),
  { model: "oath:nitrokey3", notes: secretsHidNotes, supports: { display: COMPUTES } },
  ...["pin-plus", "pin-plus-features"].map((model) => ({
    model: `token2-pinplus:${model}`,
    notes: framedNotes,
    supports: { display: COMPUTES },
  })),
  {
    model: "token2-pinplus:pin-plus-ctaphid",
    notes: tunnelledNotes,
    supports: {
      "display": COMPUTES,
      "not-authenticated": "its firmware knows of no PIN",
    },
  },
  {
    model: "onlykey:onlykey",
    notes: onlykeyNotes,
    supports: {
      "display": "it types no code before its clock was set: the driver's cases have it type",
      "unknown-class": NO_CLASS,
      "wrong-order": "each report is a command of its own",
      "session": "it is unlocked on its own buttons, and each report is a command of its own",
      "not-authenticated": "tried with onlykey:in-use",
    },
  },
  {
    model: "onlykey:in-use",
    notes: onlykeyInUseNotes,
    supports: {
      "display": SEPARATE,
      "unknown-class": NO_CLASS,
      "unknown-instruction": SEPARATE,
      "wrong-length": SEPARATE,
      "wrong-order": SEPARATE,
      "golden": SEPARATE,
      "writes": SEPARATE,
    },
  },
];

for (const { model, application, notes, supports } of TWINS) {
  describeModel({ describe, it }, {
    name: `${model} over HID${application ? `, ${application}` : ""}`,
    supports,
    setup: () =>
      Promise.resolve({
        tokens: tokensUnderTest({
          model,
          way: "hid",
          application,
          random: repeatingRandom(decodeHex(pinPlus.device.private)),
        }),
        notes,
      }),
  });
}
