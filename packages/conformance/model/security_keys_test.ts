import { describe, it } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { repeatingRandom, tokensUnderTest } from "@otpsmith/simulator";
import { describeModel } from "../describe_cases.ts";
import { pinPlus } from "../../../tests/golden/token2_pinplus.ts";
import { keyNotes, pinPlusNotes, slotNotes } from "../testdata/security_key_notes.ts";

const random = repeatingRandom(decodeHex("0102030405060708"));

for (const [model, notes] of Object.entries(keyNotes)) {
  describeModel({ describe, it }, {
    name: `oath:${model}`,
    supports: { display: "it computes codes for whoever asks, and shows none" },
    setup: () =>
      Promise.resolve({ tokens: tokensUnderTest({ model: `oath:${model}`, random }), notes }),
  });
}

describeModel({ describe, it }, {
  name: "oath:yubikey5, OTP slots",
  supports: {
    "display": "it computes codes for whoever asks, and shows none",
    "not-authenticated": "there is no session: each write carries the code of its slot",
  },
  setup: () =>
    Promise.resolve({
      tokens: tokensUnderTest({ model: "oath:yubikey5", application: "slots", random }),
      notes: slotNotes,
    }),
});

describeModel({ describe, it }, {
  name: "token2-pinplus:pin-plus",
  supports: { display: "it computes codes for whoever asks, and shows none" },
  setup: () =>
    Promise.resolve({
      tokens: tokensUnderTest({
        model: "token2-pinplus:pin-plus",
        random: repeatingRandom(decodeHex(pinPlus.device.private)),
      }),
      notes: pinPlusNotes,
    }),
});
