import { concatBytes, Cursor, encodeHex } from "../../bytes/mod.ts";
import type { OtpAlgorithm } from "../../otp/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { SlotSettings } from "../../token/mod.ts";

/** Most bytes of either part of a name. */
export const NAME_PART_BYTES = 64;

const TOTP = 0x01;
const ALGORITHMS: Readonly<Partial<Record<OtpAlgorithm, number>>> = { SHA1: 0xc1, SHA256: 0xc2 };
/** In the first byte of a page: more pages follow. */
const MORE = 0x80;

/** What a token finds an entry by, byte for byte. */
export interface EntryName {
  /** The application or service; may be empty. */
  readonly app: Uint8Array;
  /** The account. */
  readonly account: Uint8Array;
}

/** One entry as a token lists it. */
export interface Entry {
  /** What it is found by. */
  readonly name: EntryName;
  /** The name as it is shown. */
  readonly title: string;
  /** What it counts. */
  readonly type: "totp" | "hotp";
  /** Hash function, where it is a known one. */
  readonly algorithm: OtpAlgorithm | undefined;
  /** Code length. */
  readonly digits: number;
  /** Time step in seconds. */
  readonly period: number;
  /** Whether each code needs a touch. */
  readonly touch: boolean;
}

/**
 * The two parts of a title: what stands before its first colon, and what stands behind it. Without a colon
 * all of it is the account.
 *
 * @example An issuer and an account
 * ```ts
 * import { nameOfTitle } from "@otpsmith/core/drivers/token2_pinplus";
 *
 * const { app, account } = nameOfTitle("Acme:alice");
 * if (app.length !== 4 || account.length !== 5) throw new Error("unexpected");
 * ```
 */
export function nameOfTitle(title: string): EntryName {
  const colon = title.indexOf(":");
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return {
    app: encode(title.slice(0, Math.max(0, colon))),
    account: encode(title.slice(colon + 1)),
  };
}

/** The name of an entry as one text. Bytes that are no UTF-8 show as replacement characters. */
export function titleOfName({ app, account }: EntryName): string {
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return app.length > 0 ? `${decode(app)}:${decode(account)}` : decode(account);
}

/** Whether two entries have the same name. */
export function sameName(a: EntryName, b: EntryName): boolean {
  return encodeHex(a.app) === encodeHex(b.app) && encodeHex(a.account) === encodeHex(b.account);
}

/** A name as it stands in commands: the length of each part before it. */
export function nameBytes({ app, account }: EntryName): Uint8Array {
  return concatBytes([Uint8Array.of(app.length), app, Uint8Array.of(account.length), account]);
}

/**
 * What is written about an entry that counts time steps, before it is encrypted. The caller wipes it.
 *
 * @throws {RangeError} For a hash function that these tokens do not have.
 */
export function entryText(
  name: EntryName,
  { seed, settings, touch }: {
    readonly seed: Secret;
    readonly settings: SlotSettings;
    readonly touch: boolean;
  },
): Uint8Array {
  const { algorithm, digits, period } = settings;
  const hash = ALGORITHMS[algorithm];
  if (hash === undefined) throw new RangeError(`Cannot write entry: no ${algorithm} on this token`);
  const head = Uint8Array.of(TOTP, hash, period >>> 8, period & 0xff, digits, touch ? 1 : 0);
  return seed.use((bytes) =>
    concatBytes([head, nameBytes(name), Uint8Array.of(bytes.length), bytes])
  );
}

/** What erases an entry: no settings, its name, and a seed of no bytes. */
export function erasureText(name: EntryName): Uint8Array {
  return concatBytes([new Uint8Array(6), nameBytes(name), Uint8Array.of(0)]);
}

/** A part of the list. */
export interface EntryPage {
  /** Its entries. Their codes are passed over. */
  readonly entries: readonly Entry[];
  /** Whether more follow. */
  readonly more: boolean;
}

/**
 * Reads a part of the list.
 *
 * @throws {RangeError} If it has not the documented shape.
 */
export function readPage(bytes: Uint8Array): EntryPage {
  const data = new Cursor(bytes);
  const entries: Entry[] = [];
  const more = ((bytes[0] ?? 0) & MORE) !== 0;
  while (data.left > 0) {
    const entry = readEntry(data, entries.length === 0 ? ~MORE : ~0);
    if (entry.type === "totp" && !entry.touch) readDigits(data);
    entries.push(entry);
  }
  if (entries.length === 0) throw new RangeError("Cannot read list: a part of it is empty");
  return { entries, more };
}

/**
 * Reads the answer about one entry: the entry, and its code.
 *
 * @throws {RangeError} If it has not the documented shape.
 */
export function readCode(bytes: Uint8Array): { readonly entry: Entry; readonly code: string } {
  const data = new Cursor(bytes);
  const entry = readEntry(data, ~0);
  const code = readDigits(data);
  if (data.left > 0) throw new RangeError("Cannot read code: something stands behind it");
  return { entry, code };
}

function readEntry(data: Cursor, mask: number): Entry {
  const type = data.u8() & mask;
  const hash = data.u8();
  const period = data.u16();
  const [digits, touch] = [data.u8(), data.u8()];
  const name = { app: data.take(data.u8()).slice(), account: data.take(data.u8()).slice() };
  if (type > TOTP || digits < 4 || digits > 10) {
    throw new RangeError("Cannot read entry: its type or its code length is unknown");
  }
  const algorithm = hash === ALGORITHMS.SHA1
    ? "SHA1"
    : hash === ALGORITHMS.SHA256
    ? "SHA256"
    : undefined;
  return {
    name,
    title: titleOfName(name),
    type: type === TOTP ? "totp" : "hotp",
    algorithm,
    digits,
    period,
    touch: touch !== 0,
  };
}

function readDigits(data: Cursor): string {
  const code = data.ascii(data.u8());
  if (!/^\d{4,10}$/.test(code)) throw new RangeError("Cannot read code: it is no 4 to 10 digits");
  return code;
}
