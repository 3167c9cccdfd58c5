import { encodeCommand } from "@otpsmith/core/apdu";
import { concatBytes, decodeHex } from "@otpsmith/core/bytes";
import { ctaphidPackets } from "@otpsmith/core/ctaphid";
import * as nitrokey from "@otpsmith/core/drivers/nitrokey_pro";
import * as oath from "@otpsmith/core/drivers/oath";
import * as onlykey from "@otpsmith/core/drivers/onlykey";
import * as pinPlus from "@otpsmith/core/drivers/token2_pinplus";
import * as slots from "@otpsmith/core/drivers/yubikey_slots";
import { Secret } from "@otpsmith/core/secret";
import type { TokenDriver } from "@otpsmith/core/token";
import { type TokensUnderTestOptions } from "@otpsmith/simulator";
import { nitrokeyPro as nitrokeyVectors } from "../../../tests/golden/nitrokey_pro.ts";
import { nitrokeySecrets } from "../../../tests/golden/nitrokey_secrets.ts";
import { onlykey as onlykeyVectors } from "../../../tests/golden/onlykey.ts";
import { pinPlus as pinPlusVectors } from "../../../tests/golden/token2_pinplus.ts";
import { ykoath } from "../../../tests/golden/ykoath.ts";
import { yubikeySlots as slotVectors } from "../../../tests/golden/yubikey_slots.ts";
import type { Supports } from "../case.ts";
import type { GoldenCommand } from "../driver/setup.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const seedOf = (hex: string): Secret => Secret.take(decodeHex(hex));

/** A family of security keys: its driver, its virtual twin, and what cannot be shown with it. */
export interface SecurityKey {
  readonly name: string;
  readonly driver: TokenDriver;
  readonly tokens: TokensUnderTestOptions;
  readonly golden: readonly GoldenCommand[];
  readonly supports: Supports;
  readonly secret?: () => Secret;
  readonly newSecret?: () => Secret;
}

const NO_CLOCK = "it has no clock that can be read: the time comes from the computer";
const COMPUTES = "it has no display: it computes codes itself";
const ANY_MODEL = "whatever keeps the published protocol can be written: the last row fits it";

const oathCommands: readonly GoldenCommand[] = [
  ...ykoath.put.map(({ name, seed, apdu, ...rest }) => ({
    name: `entry ${name}`,
    source: ykoath.origin,
    actual: () =>
      encodeCommand(oath.putCredential.encode({ id: bytes(name), seed: seedOf(seed), ...rest })),
    expected: apdu,
  })),
  {
    name: "erase an entry",
    source: ykoath.origin,
    actual: () => encodeCommand(oath.deleteCredential.encode({ id: bytes(ykoath.delete.name) })),
    expected: ykoath.delete.apdu,
  },
];

const record = (): Uint8Array =>
  slots.slotRecord(seedOf(slotVectors.seed), { kind: "challenge-response" });
const { temporary, seed: nitrokeySeed } = nitrokeyVectors;
const NITROKEY_SOURCE = "tests/golden/nitrokey_pro.ts";

/** What is sealed is random: tests/golden holds it in the driver's own tests. */
const pinPlusCommands: readonly GoldenCommand[] = [
  {
    name: "the list of entries",
    source: pinPlusVectors.origin,
    actual: () => encodeCommand(pinPlus.listEntries.encode({ seconds: pinPlusVectors.time })),
    expected: pinPlusVectors.readAll.apdu,
  },
  {
    name: "what is written about an entry, before it is sealed",
    source: pinPlusVectors.origin,
    actual: () =>
      pinPlus.entryText(pinPlus.nameOfTitle("Acme:alice"), {
        seed: seedOf(pinPlusVectors.seed),
        settings: { algorithm: "SHA1", digits: 6, period: 30 },
        touch: false,
      }),
    expected: pinPlusVectors.clear,
  },
];
const PIN_PLUS_SUPPORTS: Supports = {
  "clock": NO_CLOCK,
  "display": COMPUTES,
  "unknown-model": "the application has a name of its own: whatever answers to it can be written",
};
const newPin = (): Secret => Secret.take(bytes(pinPlusVectors.session.pin));
const NO_PIN = "firmware before release 3.4 knows of no PIN";

/** Every family of security keys, over every way on which it is reached. */
export const SECURITY_KEYS: readonly SecurityKey[] = [
  ...["yubikey5", "canokey", "pico-fido", "nitrokey3"].map((model): SecurityKey => ({
    name: `oath with ${model}`,
    driver: oath.oath(),
    tokens: { model: `oath:${model}` },
    golden: oathCommands,
    supports: {
      "clock": NO_CLOCK,
      "display": COMPUTES,
      "unknown-model": ANY_MODEL,
      ...(model === "pico-fido" && { touch: "nobody knows which of its versions take one" }),
    },
  })),
  {
    name: "oath_hid with nitrokey3",
    driver: oath.oathHid(),
    tokens: { model: "oath:nitrokey3", way: "hid" },
    golden: [{
      name: "list of the entries",
      source: "tests/golden/nitrokey_secrets.ts",
      actual: () =>
        concatBytes(ctaphidPackets(encodeCommand(oath.listCredentials.encode()).subarray(0, 4), {
          channel: nitrokeySecrets.channel,
          command: 0xf0,
        })),
      expected: nitrokeySecrets.list,
    }],
    supports: { "clock": NO_CLOCK, "display": COMPUTES, "unknown-model": ANY_MODEL },
  },
  ...(["card", "hid"] as const).map((way): SecurityKey => ({
    name: `yubikey_slots over ${way}`,
    driver: way === "card" ? slots.yubikeySlots() : slots.yubikeySlotsHid(),
    tokens: { model: "oath:yubikey5", way, application: "slots" },
    golden: [{
      name: "a slot that answers challenges",
      source: slotVectors.origin,
      actual: () =>
        way === "card"
          ? encodeCommand(slots.writeSlot.encode({ slot: 2, record: record() }))
          : concatBytes(
            slots.reportsOf(
              slots.frameOf(slots.reportCommands.write.encode({ slot: 2, record: record() })),
            ),
          ),
      expected: way === "card" ? slotVectors.write.apdu : slotVectors.write.reports.join(""),
    }],
    supports: {
      "clock": NO_CLOCK,
      "display": COMPUTES,
      "unknown-model": "what is too old for challenges is tried in tests/security_key",
      "secret":
        "an access code belongs to a slot and is set with its seed: tests/security_key/slots_burn_test.ts",
    },
  })),
  ...["pin-plus", "pin-plus-without-pin", "applet"].map((model): SecurityKey => ({
    name: `token2_pinplus with ${model}`,
    driver: pinPlus.token2PinPlus(),
    tokens: { model: `token2-pinplus:${model}` },
    golden: pinPlusCommands,
    newSecret: newPin,
    supports: {
      ...PIN_PLUS_SUPPORTS,
      ...(model === "pin-plus-without-pin" && { secret: NO_PIN }),
      ...(model === "applet" && {
        touch: "a card has nothing to touch",
        secret:
          "with a PIN nothing can be read at today's time: tests/security_key/pinplus_burn_test.ts",
      }),
    },
  })),
  ...["pin-plus", "pin-plus-ctaphid", "pin-plus-features"].map((model): SecurityKey => ({
    name: `token2_pinplus_hid with ${model}`,
    driver: pinPlus.token2PinPlusHid(),
    tokens: { model: `token2-pinplus:${model}`, way: "hid" },
    golden: [{
      name: "the question for the public key, in a frame",
      source: pinPlusVectors.origin,
      actual: () => concatBytes(pinPlus.framesOf(encodeCommand(pinPlus.readPublicKey.encode()))),
      expected: pinPlusVectors.frames.publicKey.join(""),
    }],
    newSecret: newPin,
    supports: {
      ...PIN_PLUS_SUPPORTS,
      ...(model === "pin-plus-ctaphid" && { secret: NO_PIN }),
    },
  })),
  ...["pro", "storage"].map((model): SecurityKey => ({
    name: `nitrokey_pro with ${model}`,
    driver: nitrokey.nitrokeyPro(),
    tokens: { model: `nitrokey:${model}`, way: "hid" },
    golden: [
      {
        name: "the first half of a seed",
        source: NITROKEY_SOURCE,
        actual: () =>
          nitrokey.reportOf(nitrokey.sendOtpData.encode({
            temporary: decodeHex(temporary),
            kind: "S",
            part: 0,
            data: decodeHex(nitrokeySeed),
          })),
        expected: nitrokeyVectors.seedPart,
      },
      {
        name: "settings of a slot",
        source: NITROKEY_SOURCE,
        actual: () =>
          nitrokey.reportOf(nitrokey.writeSlot.encode({
            temporary: decodeHex(temporary),
            slot: 0x20,
            interval: 30,
            digits: 8,
          })),
        expected: nitrokeyVectors.writeSlot,
      },
    ],
    supports: {
      "clock": "its clock is set before each code, and cannot be read",
      "display": COMPUTES,
      "touch": "it has no button",
      "unknown-model": "older firmware is tried in tests/security_key/nitrokey_pro_test.ts",
    },
    secret: () => Secret.take(bytes(nitrokeyVectors.pin)),
  })),
  {
    name: "onlykey",
    driver: onlykey.onlykey(),
    tokens: { model: "onlykey:onlykey", way: "hid" },
    golden: [{
      name: "a seed",
      source: "tests/golden/onlykey.ts",
      actual: () =>
        onlykey.reportOf(onlykey.writeSeed.encode({ slot: 1, seed: seedOf(onlykeyVectors.seed) })),
      expected: onlykeyVectors.seedOfSlot1,
    }],
    supports: {
      "clock": "its clock is set with each burn, and cannot be read",
      "computed": "it types codes when a button is pressed, and tells them to no program",
      "touch": "its codes are typed: a touch is all there is",
      "secret": "its PIN is typed on its own buttons",
      "unknown-model": "it tells no version before it is unlocked",
    },
  },
];
