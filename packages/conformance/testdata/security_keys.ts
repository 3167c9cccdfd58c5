import { encodeCommand } from "@otpsmith/core/apdu";
import { concatBytes, decodeHex } from "@otpsmith/core/bytes";
import * as nitrokey from "@otpsmith/core/drivers/nitrokey_pro";
import * as oath from "@otpsmith/core/drivers/oath";
import * as onlykey from "@otpsmith/core/drivers/onlykey";
import * as slots from "@otpsmith/core/drivers/yubikey_slots";
import { Secret } from "@otpsmith/core/secret";
import type { TokenDriver } from "@otpsmith/core/token";
import { type TokensUnderTestOptions } from "@otpsmith/simulator";
import { nitrokeyPro as nitrokeyVectors } from "../../../tests/golden/nitrokey_pro.ts";
import { nitrokeySecrets } from "../../../tests/golden/nitrokey_secrets.ts";
import { onlykey as onlykeyVectors } from "../../../tests/golden/onlykey.ts";
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
        concatBytes(oath.packetsOf(encodeCommand(oath.listCredentials.encode()).subarray(0, 4), {
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
  {
    name: "nitrokey_pro",
    driver: nitrokey.nitrokeyPro(),
    tokens: { model: "nitrokey:pro", way: "hid" },
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
  },
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
