import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ykoath } from "../../../../tests/golden/ykoath.ts";
import { encodeCommand } from "../../apdu/mod.ts";
import { Cursor, decodeHex, encodeHex } from "../../bytes/mod.ts";
import type { ApduCommandDefinition } from "../../command/mod.ts";
import { Secret } from "../../secret/mod.ts";
import {
  calculateCode,
  deleteCredential,
  listCredentials,
  putCredential,
  readDeviceInfo,
  renameCredential,
  resetOath,
  selectOath,
  setCode,
  validate,
} from "./mod.ts";
import { readStoredName, storedName } from "./credential.ts";
import { answerTo, passwordKey } from "./password.ts";
import { deviceId } from "./token.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const secret = (hex: string): Secret => Secret.take(decodeHex(hex));
const sent = <A>(command: ApduCommandDefinition<A, unknown>, args: A): string =>
  encodeHex(encodeCommand(command.encode(args)));
const cursor = (hex: string): Cursor => new Cursor(decodeHex(hex));

describe("golden bytes", () => {
  test.each(ykoath.put)("entry $name", ({ name, seed, apdu, ...rest }) => {
    expect(sent(putCredential, { id: bytes(name), seed: secret(seed), ...rest })).toBe(apdu);
  });

  test("code of a time step, and of a counter", () => {
    const { name, step, apdu, answer, code } = ykoath.calculate;
    expect(sent(calculateCode, { id: bytes(name), step })).toBe(apdu);
    expect(calculateCode.decode(cursor(answer))).toBe(code);
    const counted = ykoath.calculateHotp;
    expect(sent(calculateCode, { id: bytes(counted.name) })).toBe(counted.apdu);
  });

  test("rename, erase, list, reset, select", () => {
    const { rename } = ykoath;
    expect(sent(renameCredential, { id: bytes(rename.from), next: bytes(rename.to) }))
      .toBe(rename.apdu);
    expect(sent(deleteCredential, { id: bytes(ykoath.delete.name) })).toBe(ykoath.delete.apdu);
    expect(sent(listCredentials, undefined)).toBe(ykoath.list);
    expect(sent(resetOath, undefined)).toBe(ykoath.reset);
    expect(sent(selectOath, undefined)).toBe(ykoath.selectOath);
  });

  test("a password is set and taken away", () => {
    const { key, challenge, apdu } = ykoath.setCode;
    expect(sent(setCode, { key: secret(key), challenge: decodeHex(challenge) })).toBe(apdu);
    expect(sent(setCode, {})).toBe("00030000027300");
  });

  test.each(ykoath.passwords)("the password $password", async (vector) => {
    const { password, id, key, challenge, answer } = vector;
    const own = await passwordKey(Secret.take(bytes(password)), decodeHex(id));
    expect(own.use(encodeHex)).toBe(key);
    expect(encodeHex(answerTo(decodeHex(challenge), own))).toBe(answer);
    const command = sent(validate, {
      key: own,
      challenge: decodeHex(challenge),
      own: decodeHex("1122334455667788"),
    });
    expect(command).toBe(`00A30000207514${answer}74081122334455667788`);
  });

  test("device id", () => {
    expect(deviceId(decodeHex(ykoath.deviceId.id))).toBe(ykoath.deviceId.text);
  });
});

describe("answers", () => {
  test("the selection tells id, challenge, serial, tries", () => {
    expect(
      selectOath.decode(
        cursor("790305040371084234414334434439" + "74080102030405060708" + "7B0101"),
      ),
    )
      .toMatchObject({
        version: [5, 4, 3],
        id: decodeHex("4234414334434439"),
        challenge: decodeHex("0102030405060708"),
      });
    expect(selectOath.decode(cursor("7903041100" + "820108" + "8F0401020304")))
      .toMatchObject({ id: undefined, pinTries: 8, serial: decodeHex("01020304") });
  });

  test("a list with long lengths, names of other bytes, periods", () => {
    const long = "41".repeat(200);
    const list = listCredentials.decode(
      cursor(`7281C922${long}720421FF3A62720E1136302F41636D653A616C696365`),
    );
    expect(
      list.map(({ title, type, algorithm, period }) => [title.length, type, algorithm, period]),
    )
      .toEqual([[200, "totp", "SHA256", 30], [3, "totp", "SHA1", 30], [13, "hotp", "SHA1", 30]]);
    expect(encodeHex(list[1]!.id)).toBe("FF3A62");
  });

  test("digits and the top bit of the value", () => {
    expect(calculateCode.decode(cursor("760506FFFFFFFF"))).toBe("483647");
    expect(calculateCode.decode(cursor("76050A00000001"))).toBe("0000000001");
    for (const bad of ["", "7600", "760500FFFFFFFF", "76050BFFFFFFFF", "750506FFFFFFFF", "7605"]) {
      expect(() => calculateCode.decode(cursor(bad)), bad).toThrow(RangeError);
    }
  });

  test("the serial number of a YubiKey, if it tells it", () => {
    const told = readDeviceInfo.decode(cursor("0B" + "020401234567" + "0503050403"));
    expect(told).toEqual({ serial: "19088743" });
    expect(readDeviceInfo.decode(cursor("050503050403"))).toEqual({ serial: undefined });
    for (const bad of ["", "0B0204012345670503050404FF", "03020101"]) {
      expect(() => readDeviceInfo.decode(cursor(bad)), bad).toThrow(RangeError);
    }
  });
});

test("any answer is a value or a RangeError, in bounded time", () => {
  const commands = [selectOath, listCredentials, calculateCode, validate, readDeviceInfo];
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (answer) => {
    for (const command of commands) {
      try {
        command.decode(new Cursor(answer));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  }));
});

test("a time step stands before the name, unless it is the usual one", () => {
  const round = (title: string, period: number): unknown =>
    readStoredName(storedName({ title, period }), { type: "totp" });
  for (const [title, period] of [["Acme:alice", 30], ["Acme:alice", 60], ["a/b", 15]] as const) {
    expect(round(title, period)).toEqual({ title, period });
  }
  expect(readStoredName(bytes("60/x"), { type: "hotp" })).toEqual({ title: "60/x", period: 30 });
  expect(readStoredName(bytes("0/x"), { type: "totp" })).toEqual({ title: "0/x", period: 30 });
});
