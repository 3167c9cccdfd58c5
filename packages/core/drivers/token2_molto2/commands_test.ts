import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../tests/golden/mod.ts";
import { type CommandApdu, encodeCommand } from "../../apdu/mod.ts";
import { Cursor, decodeHex, encodeHex } from "../../bytes/mod.ts";
import { Sm4 } from "../../crypto/mod.ts";
import { Secret } from "../../secret/mod.ts";
import {
  answerMolto2Challenge,
  getMolto2Challenge,
  readMolto2Info,
  readProfile,
} from "./commands.ts";
import { findLabel, type Molto2Profile, parseMolto2Profile } from "./profile.ts";
import { molto2Token2Profile } from "./profile_token2.ts";
import {
  clearProfile,
  eraseProfile,
  lockScreen,
  resetToFactory,
  writeCustomerKey,
  writeMolto2Seed,
  writeProfileClock,
  writeProfileConfiguration,
  writeProfileTitle,
} from "./write_commands.ts";

const { challenge, time, molto2 } = golden;
const cipher = new Sm4(decodeHex(molto2.sm4Key));
const DISPLAY_OFF = [15, 30, 60, 120];
const ALGORITHM = { 1: "SHA1", 2: "SHA256" } as const;
const hex = (command: CommandApdu): string => encodeHex(encodeCommand(command));

describe("every golden byte of the family", () => {
  test("requests without a body", () => {
    expect(hex(readMolto2Info.encode())).toBe("8041000000");
    expect(hex(readProfile.encode({ slot: 99 }))).toBe("804100630170");
    expect(hex(getMolto2Challenge.encode())).toBe("804B080000");
    expect(hex(eraseProfile.encode({ slot: 7 }))).toBe("80E6000700");
    expect(hex(lockScreen.encode({ locked: true }))).toBe("80D80C0200");
    expect(hex(lockScreen.encode({ locked: false }))).toBe("80D80C020101");
    expect(hex(resetToFactory.encode())).toBe("8056000000");
  });

  test("answer to the challenge", () => {
    const args = { cipher, challenge: decodeHex(challenge) };
    expect(hex(answerMolto2Challenge.encode(args))).toBe(molto2.answer);
  });

  test.each(molto2.seed)("seed $seed in profile $profile", ({ profile, seed, apdu }) => {
    const secret = Secret.take(decodeHex(seed));
    expect(hex(writeMolto2Seed.encode({ cipher, slot: profile!, seed: secret }))).toBe(apdu);
  });

  test.each(molto2.clear)("clear profile $profile", ({ profile, apdu }) => {
    expect(hex(clearProfile.encode({ cipher, slot: profile }))).toBe(apdu);
  });

  test.each(molto2.title)("title $title", ({ profile, title, apdu }) => {
    expect(hex(writeProfileTitle.encode({ cipher, slot: profile, title }))).toBe(apdu);
  });

  test.each(molto2.config)("settings $apdu", ({ profile, displayOff, alg, digits, step, apdu }) => {
    const command = writeProfileConfiguration.encode({
      cipher,
      slot: profile!,
      configuration: {
        clockSeconds: time,
        algorithm: ALGORITHM[alg],
        digits: digits!,
        period: step,
        displayOffSeconds: DISPLAY_OFF[displayOff]!,
      },
    });
    expect(hex(command)).toBe(apdu);
  });

  test.each(molto2.sync)("clock of profile $profile", ({ profile, time: clockSeconds, apdu }) => {
    expect(hex(writeProfileClock.encode({ cipher, slot: profile, clockSeconds }))).toBe(apdu);
  });

  test.each(molto2.setKey)("customer key $newAscii", ({ newSm4, apdu }) => {
    expect(hex(writeCustomerKey.encode({ cipher, next: decodeHex(newSm4) }))).toBe(apdu);
  });
});

describe("answers", () => {
  const info = (bytes: string) => readMolto2Info.decode(new Cursor(decodeHex(bytes)));
  const profile = (value: string) => readProfile.decode(new Cursor(decodeHex(`951F701D${value}`)));

  test("serial number and clock as traced on hardware, and at the fixed places", () => {
    const serial = "826658711763730";
    const known = "020F3832363635383731313736333733301104";
    expect(info(`9536${known}6A36B66D12${"00".repeat(32)}`)).toEqual({
      serial,
      clockSeconds: 0x6a36b66d,
    });
    expect(info(`0000000F${known.slice(4, -4)}00006A36B66D`)).toMatchObject({ serial });
    expect(() => info("953602FF38")).toThrow(RangeError);
    expect(() => info("00000000000065530000")).toThrow(RangeError);
  });

  test("a profile: title with either padding, settings, and the one byte that says it holds a seed", () => {
    const rest = "6553F1006553F100";
    const title = (bytes: string): string => bytes.padEnd(32, "0");
    expect(profile(`20${title("476F6F676C65")}${rest}011E0601`)).toEqual({
      slot: 0,
      title: "Google",
      occupied: true,
      settings: { algorithm: "SHA1", digits: 6, period: 30 },
    });
    expect(profile(`20${title("476F6F676C6580")}${rest}023C0800`)).toMatchObject({
      title: "Google",
      occupied: false,
      settings: { algorithm: "SHA256", digits: 8, period: 60 },
    });
    expect(profile(`00${title("C380")}${rest}011E0601`).title).toBe("À"); // its last byte is 80
    expect(profile(`00${title("")}${rest}01410601`)).toMatchObject({
      title: "",
      settings: { period: 60 }, // one minute
    });
    expect(() => profile(`20${title("")}${rest}011E06`)).toThrow(RangeError);
  });

  test("any bytes give a value or a RangeError", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      for (const { decode } of [readMolto2Info, readProfile]) {
        try {
          decode(new Cursor(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
    }));
  });
});

test("a title of no byte or of 13 is not sent", () => {
  for (const title of ["", "thirteen byte", "äääääää"]) {
    expect(() => writeProfileTitle.encode({ cipher, slot: 0, title })).toThrow(RangeError);
  }
});

describe("profiles of other labels", () => {
  const acme: Molto2Profile = { ...molto2Token2Profile, name: "acme", serialPrefix: "9999" };
  const read = (changes: object): Molto2Profile =>
    parseMolto2Profile(JSON.stringify({ ...acme, ...changes }), { source: "acme.json" });

  test("the shipped one is a valid file, and a longer serial prefix wins", () => {
    expect(read({})).toEqual(acme);
    expect(findLabel("999912345678901", [molto2Token2Profile, acme])?.name).toBe("acme");
    expect(findLabel("826658711763730", [molto2Token2Profile, acme])?.name).toBe("token2");
    expect(findLabel("86596321234567", [molto2Token2Profile, acme])).toBeUndefined();
  });

  test.each([
    [{ kind: "token2_single" }, "kind"],
    [{ factoryKey: "secret key!" }, "factoryKey"],
    [{ factoryKey: undefined }, "factoryKey"],
    [{ serialPrefix: "1234567890123456" }, "serialPrefix"],
    [{ models: [] }, "models"],
    [{ models: [{ ...acme.models[0], slots: 0 }] }, "models[0].slots"],
    [{ extra: 1 }, "extra"],
  ])("%j is refused by the name of its field", (changes, field) => {
    expect(() => read(changes)).toThrow(field);
    expect(() => read(changes)).not.toThrow("secret key!");
  });
});
