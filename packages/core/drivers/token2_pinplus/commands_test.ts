import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pinPlus as golden } from "../../../../tests/golden/token2_pinplus.ts";
import { encodeCommand } from "../../apdu/mod.ts";
import { Cursor, decodeHex, encodeHex } from "../../bytes/mod.ts";
import type { ApduCommandDefinition } from "../../command/mod.ts";
import { Secret } from "../../secret/mod.ts";
import {
  type AgreementPair,
  agreeOnKeys,
  agreeOnSession,
  agreeWith,
  changePin,
  computeCode,
  createAgreementPair,
  entryText,
  eraseEntries,
  eraseEntry,
  erasureText,
  firstPinText,
  FLAG_BYTES,
  listEntries,
  listMore,
  nameOfTitle,
  nextPinText,
  openFromSession,
  pinPlusModel,
  pinProof,
  pinWeakness,
  readCode,
  readPage,
  readPinFlag,
  readPublicKey,
  readSerial,
  sealForSession,
  sealToKey,
  selectOtp,
  titleOfName,
  verifyPin,
  writeEntry,
} from "./mod.ts";
import { decryptBlocks, encryptBlocks } from "./_aes.ts";
import { setPin } from "./pin_commands.ts";

const secret = (hex: string): Secret => Secret.take(decodeHex(hex));
const pin = (text: string): Secret => Secret.take(new TextEncoder().encode(text));
const sent = <A>(command: ApduCommandDefinition<A, unknown>, args: A): string =>
  encodeHex(encodeCommand(command.encode(args)));
const cursor = (hex: string): Cursor => new Cursor(decodeHex(hex));
const name = nameOfTitle(`${golden.app}:${golden.account}`);
const settings = { algorithm: "SHA1", digits: 6, period: 30 } as const;
const { session } = golden;
const iv = decodeHex(session.iv);

/** The golden pair of keys, which no runtime would make. */
async function hostPair(): Promise<AgreementPair> {
  const text = (hex: string): string =>
    btoa(String.fromCharCode(...decodeHex(hex))).replace(/\+/g, "-").replace(/\//g, "_")
      .replace(/=+$/, "");
  const { private: d, public: xy } = golden.host;
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: text(d),
    x: text(xy.slice(0, 64)),
    y: text(xy.slice(64)),
  };
  const curve = { name: "ECDH", namedCurve: "P-256" };
  return {
    privateKey: await crypto.subtle.importKey("jwk", jwk, curve, false, ["deriveBits"]),
    publicKey: decodeHex(xy),
  };
}

describe("golden bytes", () => {
  test("what is only asked", () => {
    expect(sent(selectOtp, undefined)).toBe(golden.select);
    expect(sent(readSerial, undefined)).toBe(golden.serial);
    expect(sent(readPublicKey, undefined)).toBe(golden.publicKey);
    expect(sent(readPinFlag, { bytes: FLAG_BYTES.short })).toBe(golden.pinFlag);
    expect(sent(readPinFlag, { bytes: FLAG_BYTES.challenge })).toBe(golden.pinChallenge);
    expect(sent(eraseEntries, undefined)).toBe(golden.eraseAll);
    const seconds = golden.time;
    expect(sent(listEntries, { seconds })).toBe(golden.readAll.apdu);
    expect(sent(listMore, { seconds })).toBe(golden.next);
    expect(sent(computeCode, { name, seconds })).toBe(golden.readOne.apdu);
    expect(readPage(decodeHex(golden.readAll.answer))).toMatchObject({
      more: false,
      entries: [{ title: "Acme:alice", type: "totp", ...settings, touch: false }],
    });
    expect(readCode(decodeHex(golden.readOne.answer)).code).toBe(golden.code);
  });

  test("an entry is written and erased, encrypted to the token's key", async () => {
    const publicKey = decodeHex(golden.device.public);
    const pair = await hostPair();
    expect((await agreeWith(pair, publicKey)).use(encodeHex)).toBe(golden.shared);
    const clear = entryText(name, { seed: secret(golden.seed), settings, touch: false });
    expect(encodeHex(clear)).toBe(golden.clear);
    expect(sent(writeEntry, { blob: await sealToKey(clear, { pair, publicKey }) })).toBe(
      golden.write,
    );
    const erasure = await sealToKey(erasureText(name), { pair, publicKey });
    expect(sent(eraseEntry, { blob: erasure })).toBe(golden.delete);
  });

  test("a session with a PIN: agreed on, set, shown, changed, taken away", async () => {
    const pair = await hostPair();
    expect(sent(agreeOnKeys, pair)).toBe(session.agree);
    const keys = await agreeOnSession(pair, decodeHex(golden.device.public));
    expect(keys.encrypts.use(encodeHex)).toBe(session.enc);
    expect(keys.authenticates.use(encodeHex)).toBe(session.mac);
    const [first, next] = [pin(session.pin), pin(session.nextPin)];
    expect(sent(setPin, { blob: await firstPinText(first, { keys, iv }) })).toBe(session.set);
    const challenge = { iv, block: decodeHex(session.encRand) };
    expect(sent(verifyPin, { blob: await pinProof(first, challenge, { keys, iv }) })).toBe(
      session.verify,
    );
    const change = await nextPinText({ pin: first, next }, { keys, iv });
    expect(sent(changePin, { blob: change })).toBe(session.change);
    const removal = await nextPinText({ pin: first, next: undefined }, { keys, iv });
    expect(sent(changePin, { blob: removal })).toBe(session.remove);
  });

  test("what is written and read in a session", async () => {
    const keys = await agreeOnSession(await hostPair(), decodeHex(golden.device.public));
    const clear = entryText(name, { seed: secret(golden.seed), settings, touch: false });
    expect(sent(writeEntry, { blob: await sealForSession(clear, { keys, iv }) })).toBe(
      session.write,
    );
    const page = await openFromSession(decodeHex(session.page), keys);
    expect(encodeHex(page!)).toBe(golden.readAll.answer);
    const broken = decodeHex(session.page);
    broken[20]! ^= 1;
    expect(await openFromSession(broken, keys)).toBeUndefined();
    expect(await openFromSession(decodeHex(golden.readAll.answer), keys)).toBeUndefined();
  });
});

describe("answers", () => {
  test("a serial number is letters and digits, whatever its length", () => {
    const told = `D10E${encodeHex(new TextEncoder().encode("65103000000001"))}`;
    expect(readSerial.decode(cursor(told))).toBe("65103000000001");
    for (const bad of ["", "D0013030", "D10230", "D1022030", "D100"]) {
      expect(() => readSerial.decode(cursor(bad)), bad).toThrow(RangeError);
    }
  });

  test("the flag of a PIN, with a challenge and without", () => {
    expect(readPinFlag.decode(cursor("07620664000001ABCD"))).toEqual({
      set: true,
      tries: 98,
      challenge: undefined,
    });
    expect(readPinFlag.decode(cursor("00000064"))).toMatchObject({ set: false, tries: undefined });
    const challenge = `07620664000001ABCD${session.iv}${session.encRand}`;
    expect(encodeHex(readPinFlag.decode(cursor(challenge)).challenge!.block)).toBe(session.encRand);
    for (const bad of ["0762", "08620664", "00620664", "07650664", "FF9DF99B"]) {
      expect(() => readPinFlag.decode(cursor(bad)), bad).toThrow(RangeError);
    }
  });

  test("a public key is 64 bytes, and a point of the curve", async () => {
    expect(() => readPublicKey.decode(cursor(golden.device.public.slice(2)))).toThrow(RangeError);
    expect(() => readPublicKey.decode(cursor(`${golden.device.public}00`))).toThrow(RangeError);
    const pair = await createAgreementPair();
    await expect(agreeWith(pair, new Uint8Array(64).fill(7))).rejects.toThrow(RangeError);
  });

  test("a list in parts: the first byte of each says whether more follow", () => {
    const record = golden.readAll.answer;
    const first = readPage(decodeHex(`81${record.slice(2)}${record}`));
    expect(first).toMatchObject({ more: true, entries: [{ type: "totp" }, { type: "totp" }] });
    const hotp = "00C20000080101780179"; // without a code
    const touched = "01C1001E060100" + "0161";
    expect(readPage(decodeHex(hotp + touched))).toMatchObject({
      more: false,
      entries: [
        { title: "x:y", type: "hotp", algorithm: "SHA256", digits: 8, touch: true },
        { title: "a", type: "totp", touch: true },
      ],
    });
    expect(() => readPage(new Uint8Array(0))).toThrow(RangeError);
  });

  test("any bytes are a list and a code, or a RangeError", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      for (const read of [readPage, readCode]) {
        try {
          read(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
    }));
  });
});

test.each([
  ["Acme:alice", "Acme", "alice"],
  ["alice", "", "alice"],
  ["Acme:a:b", "Acme", "a:b"],
])("the title %s has the parts %s and %s", (title, app, account) => {
  const parts = nameOfTitle(title);
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  expect([text(parts.app), text(parts.account)]).toEqual([app, account]);
  expect(titleOfName(parts)).toBe(title);
});

test("blocks are encrypted and decrypted without padding", async () => {
  const key = new Uint8Array(32).fill(9);
  await fc.assert(fc.asyncProperty(
    fc.uint8Array({ minLength: 0, maxLength: 5 }).map((ends) =>
      new Uint8Array(16 * ends.length).fill(ends[0] ?? 0)
    ),
    async (bytes) => {
      const encrypted = await encryptBlocks({ key, iv }, bytes);
      expect(encrypted.length).toBe(bytes.length);
      expect(await decryptBlocks({ key, iv }, encrypted)).toEqual(bytes);
    },
  ));
  await expect(encryptBlocks({ key, iv }, new Uint8Array(3))).rejects.toThrow(RangeError);
});

test.each([
  ["135792", undefined],
  ["12345", "it has fewer than 6 digits"],
  ["111111", "it is the same read backwards"],
  ["123456", "its digits follow each other"],
  ["987654", "its digits follow each other"],
  ["123321", "it is the same read backwards"],
  ["11121314", "it has one digit more than three times"],
  ["abcdefghi1", undefined],
  ["abcdefgh1", "it has other characters than digits and fewer than 10"],
  ["abcdefghij", "all its characters are of one kind"],
  ["abcdefgh-_", undefined],
  ["1357924680135", "it has more than 12 bytes"],
])("the PIN %s: %s", (text, weakness) => {
  expect(pinWeakness(pin(text))).toBe(weakness);
});

test("models by their serial numbers", () => {
  expect(pinPlusModel("65103000000001")).toBe("PIN+ Dual Ace (R3.4)");
  expect(pinPlusModel("0A1B2C3D4E")).toBe("Token2 OTP applet on a card");
  expect(pinPlusModel("99999000000001")).toBe("Token2 key with an OTP application");
});
