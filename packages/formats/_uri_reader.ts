import { FormatError } from "@otpsmith/core/errors";
import type { Secret } from "@otpsmith/core/secret";
import { type ParsedSeed, readDigits } from "./_digits.ts";
import { equals, find, indexOf, type Range, startsWith, trim } from "./_text.ts";
import { readNames } from "./_uri_names.ts";
import { type Parameter, percentDecode, readText, splitQuery } from "./_uri_text.ts";
import type { OtpAccount } from "./otp_account.ts";
import { WRONG_CODES } from "./wrong_code.ts";

const SCHEME = "otpauth://";
const QUESTION_MARK = 0x3f;
const COPY_AGAIN = "Scan the code again, or copy the whole text again.";

/** Types whose codes a token cannot show, by the name in the URI. */
const OTHER_TYPES = {
  hotp: "hotp",
  steam: "steam",
  yaotp: "yandex",
  yandex: "yandex",
  motp: "motp",
} as const;

const ALGORITHMS: Readonly<Record<string, OtpAccount["algorithm"]>> = {
  "": "SHA1",
  SHA1: "SHA1",
  SHA256: "SHA256",
  SHA512: "SHA512",
};

type Name = "secret" | "issuer" | "algorithm" | "digits" | "period" | "encoder" | "steam";
const NAMES: readonly Name[] = [
  "secret",
  "issuer",
  "algorithm",
  "digits",
  "period",
  "encoder",
  "steam",
];

/** Reads one otpauth URI, in the order in which its mistakes are worth naming. */
export class UriReader {
  readonly #bytes: Uint8Array;
  readonly #source: string;
  readonly #uri: Range;
  readonly #warnings: string[] = [];

  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes;
    this.#source = source;
    this.#uri = trim(bytes);
  }

  read(): OtpAccount {
    const bytes = this.#bytes;
    const queryMark = this.#checkShape();
    const path = { start: this.#uri.start + SCHEME.length, end: queryMark };
    const type = { start: path.start, end: find(bytes, path, 0x2f) };
    this.#checkType(type);
    if (queryMark === this.#uri.end) {
      throw this.#cutOff("it ends before its secret");
    }

    const query = splitQuery(bytes, { start: queryMark + 1, end: this.#uri.end });
    const known = this.#collect(query);
    const label = { start: Math.min(type.end + 1, path.end), end: path.end };
    const names = readNames(bytes, label, known.get("issuer")?.value);
    if (names.labelIssuer !== undefined) {
      this.#warnings.push("The label names another issuer than the issuer parameter.");
    }
    this.#refuseOtherEncoders(known, names.issuer);
    const algorithm = this.#readAlgorithm(known);
    const digits = this.#readNumber("digits", known, { default: 6, max: 10 });
    const period = this.#readNumber("period", known, { default: 30, max: 9_999_999 });
    const secret = this.#readSecret(query, known);
    return {
      type: "totp",
      ...names,
      algorithm,
      digits,
      period,
      secret,
      warnings: this.#warnings,
    };
  }

  /** Where the query starts; the end of the URI if there is none. */
  #checkShape(): number {
    const uri = this.#uri;
    if (!startsWith(this.#bytes, uri, SCHEME)) {
      throw this.#fail(`it does not start with ${SCHEME}`, uri.start);
    }
    // Whatever follows the URI, perhaps another seed, would end up in the secret or in a shown name.
    const rest = { start: uri.start + SCHEME.length, end: uri.end };
    const second = indexOf(this.#bytes, rest, SCHEME);
    if (second >= 0) {
      throw this.#fail("there is a second one behind it", second, "Give one at a time.");
    }
    const lineEnd = Math.min(find(this.#bytes, rest, 0x0a), find(this.#bytes, rest, 0x0d));
    if (lineEnd < rest.end) {
      throw this.#fail("it goes on in a second line", lineEnd, "Give the URI in one line, alone.");
    }
    return find(this.#bytes, rest, QUESTION_MARK);
  }

  #checkType(type: Range): void {
    if (equals(this.#bytes, type, "totp")) return;
    for (const [name, kind] of Object.entries(OTHER_TYPES)) {
      if (equals(this.#bytes, type, name)) throw this.#refuse(kind, type.start);
    }
    if (type.end === this.#uri.end) throw this.#cutOff("it ends before its secret");
    throw this.#fail(
      "its type is not totp",
      type.start,
      "Ask the service for time-based codes (TOTP).",
    );
  }

  #collect(query: readonly Parameter[]): Map<Name, Parameter> {
    const known = new Map<Name, Parameter>();
    for (const parameter of query) {
      const name = NAMES.find((name) => equals(this.#bytes, parameter.name, name));
      if (!name) continue;
      if (!known.has(name)) known.set(name, parameter);
      else if (name === "issuer") {
        this.#warnings.push("The issuer is given twice: the first is used.");
      } else throw this.#fail(`"${name}" is given twice`, parameter.name.start);
    }
    return known;
  }

  /**
   * Steam and Yandex compute their codes differently. KeePass plug-ins mark them with `encoder`; Steam's
   * own URIs carry nothing but the issuer "Steam" and no digits (helloworld1/FreeOTPPlus#48,
   * keepassium/KeePassium#101 and #246).
   */
  #refuseOtherEncoders(known: Map<Name, Parameter>, issuer: string): void {
    const encoder = known.get("encoder");
    for (const kind of ["steam", "yandex"] as const) {
      if (encoder?.value && equals(this.#bytes, encoder.value, kind)) {
        throw this.#refuse(kind, encoder.name.start);
      }
    }
    const flag = known.get("steam");
    if (flag) throw this.#refuse("steam", flag.name.start);
    if (issuer.toLowerCase() !== "steam") return;
    const digits = this.#valueText(known.get("digits"));
    if (digits === "" || Number(digits) === 5) throw this.#refuse("steam", this.#uri.start);
    this.#warnings.push("The issuer is Steam, whose own codes a hardware token cannot show.");
  }

  #readAlgorithm(known: Map<Name, Parameter>): OtpAccount["algorithm"] {
    const parameter = known.get("algorithm");
    const name = this.#valueText(parameter).toUpperCase().replace(/[-_ ]/g, "").replace(
      /^HMAC/,
      "",
    );
    if (Object.hasOwn(ALGORITHMS, name)) return ALGORITHMS[name]!;
    const position = parameter!.value!.start;
    throw this.#fail(
      "its algorithm is not SHA-1, SHA-256 or SHA-512",
      position,
      "Ask the service.",
    );
  }

  #readNumber(
    name: "digits" | "period",
    known: Map<Name, Parameter>,
    limits: { default: number; max: number },
  ): number {
    const parameter = known.get(name);
    const text = this.#valueText(parameter);
    if (text === "") return limits.default;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= limits.max) return value;
    const state = `"${name}" is not a whole number from 1 to ${limits.max}`;
    throw this.#fail(state, parameter!.value!.start);
  }

  #readSecret(query: readonly Parameter[], known: Map<Name, Parameter>): Secret {
    const value = known.get("secret")?.value;
    if (!value) {
      const last = query.at(-1);
      if (!last || !last.value) throw this.#cutOff("it ends before its secret");
      throw this.#fail("it has no secret", this.#uri.end);
    }
    const isLast = value.end === this.#uri.end;
    if (value.end === value.start) {
      if (isLast) throw this.#cutOff("it ends before its secret");
      throw this.#fail("its secret is empty", value.start);
    }
    const percent = this.#bytes.lastIndexOf(0x25, value.end - 1);
    if (isLast && percent >= value.start && percent > value.end - 3) {
      throw this.#cutOff("it ends inside its secret");
    }
    const { secret, warnings } = this.#decodeSecret(value);
    this.#warnings.push(...warnings);
    return secret;
  }

  #decodeSecret(value: Range): ParsedSeed {
    const { text, offsets } = percentDecode(this.#bytes, value);
    try {
      // Form encoding writes a space as "+"; services print secrets in groups.
      for (let i = 0; i < text.length; i++) if (text[i] === 0x2b) text[i] = 0x20;
      return readDigits(text, "base32", {
        source: this.#source,
        what: "secret of the otpauth URI",
        kind: "otpauth",
        cutOffKind: "cut-off-secret",
        positionOf: (index) => offsets[index] ?? value.end,
      });
    } finally {
      text.fill(0);
    }
  }

  #valueText(parameter: Parameter | undefined): string {
    return parameter?.value ? readText(this.#bytes, parameter.value) : "";
  }

  #fail(state: string, position: number, next: string = COPY_AGAIN, kind = "otpauth"): FormatError {
    return new FormatError(kind, `Cannot read otpauth URI: ${state}`, {
      source: this.#source,
      position,
      next,
    });
  }

  #cutOff(state: string): FormatError {
    return this.#fail(state, this.#uri.end, COPY_AGAIN, "cut-off-secret");
  }

  #refuse(kind: "hotp" | "steam" | "yandex" | "motp", position: number): FormatError {
    const { message, next } = WRONG_CODES[kind];
    return new FormatError(kind, message, { source: this.#source, position, next });
  }
}
