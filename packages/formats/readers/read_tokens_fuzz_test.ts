import { FormatError } from "@otpsmith/core/errors";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { encodeBase64 } from "../_base64.ts";
import { readTokens } from "./read_tokens.ts";
import { base32, everythingShown, expectHidden, hex, utf8 } from "../testdata/bytes.ts";
import type { FileFormat } from "../token_record.ts";

/** Runs for each kind of file; the sum is printed at the end. */
const RUNS = 400;

interface Sample {
  readonly format: FileFormat;
  /** A file around a seed, and the seed as it is written in it. */
  readonly make: (seed: Uint8Array) => { readonly text: string; readonly written: string };
  /** What edits put into it. */
  readonly pieces: readonly string[];
}

const text64 = (bytes: Uint8Array): string => new TextDecoder().decode(encodeBase64(bytes));

const JSON_PIECES = [...'{}[]:,"\\0-e. \n', "null", "1e9", "\\u0000", '"secret":', "é", "true"];
const SAMPLES: readonly Sample[] = [
  {
    format: "aegis",
    make: (seed) => {
      const written = base32(seed);
      const info = { secret: written, algo: "SHA1", digits: 6, period: 30 };
      const entries = [{ type: "totp", name: "alice", issuer: "Acme", info }];
      const header = { slots: null, params: null };
      return { text: JSON.stringify({ version: 1, header, db: { version: 3, entries } }), written };
    },
    pieces: JSON_PIECES,
  },
  {
    format: "2fas",
    make: (seed) => {
      const written = base32(seed);
      const otp = { account: "alice", digits: 6, period: 30, tokenType: "TOTP" };
      const services = [{ name: "Acme", secret: written, otp }];
      return { text: JSON.stringify({ schemaVersion: 4, services }), written };
    },
    pieces: JSON_PIECES,
  },
  {
    format: "andotp",
    make: (seed) => {
      const written = base32(seed);
      return { text: JSON.stringify([{ secret: written, label: "a", type: "TOTP" }]), written };
    },
    pieces: JSON_PIECES,
  },
  {
    format: "otpauth",
    make: (seed) => {
      const written = base32(seed);
      return {
        text: `# list\notpauth://totp/Acme:a?secret=${written}&issuer=Acme\n`,
        written,
      };
    },
    pieces: [..."?:/#%+ \n", "otpauth://", "digits=x", "é", "steam"],
  },
  {
    format: "google",
    make: (seed) => {
      const message = [0x0a, seed.length + 2, 0x0a, seed.length, ...seed, 0x18, 1];
      const written = text64(Uint8Array.from(message));
      return { text: `otpauth-migration://offline?data=${encodeURIComponent(written)}`, written };
    },
    pieces: [..."?:/#%+= \nA", "data=", "%2B", "é"],
  },
  {
    format: "csv",
    make: (seed) => {
      const written = hex(seed);
      return {
        text:
          `serial,seed (hex),type,digits,step\n12345678,${written},totp,6,30\n2,${written},,,\n`,
        written,
      };
    },
    pieces: [...',;\t|"\n\r# 0.E+', "1.2E+34", "####", "é", "sep=;\n"],
  },
  {
    format: "pskc",
    make: (seed) => {
      const written = text64(seed);
      return {
        text: `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">` +
          `<KeyPackage><Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Data>` +
          `<Secret><PlainValue>${written}</PlainValue></Secret></Data></Key></KeyPackage></KeyContainer>`,
        written,
      };
    },
    pieces: [..."<>/&;\"'= ", "<!DOCTYPE x>", "&lt;", "<![CDATA[", "]]>", "<!--", "xmlns:p=", "é"],
  },
];

/** Entries or a FormatError; all that a screen or a log could show of it. */
function shown(bytes: Uint8Array, format: FileFormat | undefined): string {
  try {
    const file = readTokens(bytes, { source: "file", format, passphrase: utf8("x") });
    return file.entries.map((entry) => {
      if (entry instanceof FormatError) expect(entry.next).toBeTruthy();
      else expect(entry.secret.length).toBeGreaterThan(0);
      return everythingShown(entry);
    }).join("\n");
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).next).toBeTruthy();
    return everythingShown(error);
  }
}

describe("garbled files give entries or a FormatError, and never the seed", () => {
  let runs = 0;
  afterAll(() => console.log(`fuzz: ${runs} garbled files read, seed of the run in fast-check`));

  test.each(SAMPLES)("$format", ({ format, make, pieces }) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 10, maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...pieces), fc.nat(4)), { maxLength: 5 }),
        fc.nat({ max: 60 }),
        fc.boolean(),
        (seed, edits, cut, detected) => {
          runs++;
          const { text, written } = make(seed);
          let garbled = text;
          for (const [where, piece, remove] of edits) {
            const at = where % (garbled.length + 1);
            const begin = text.indexOf(written);
            // A separator inside the seed makes its end a name, which may be shown: not of interest here.
            if (at >= begin - 1 && at <= begin + written.length && piece.length !== 1) continue;
            if (at > begin && at < begin + written.length && /[\w%]/.test(piece) === false) {
              continue;
            }
            garbled = garbled.slice(0, at) + piece + garbled.slice(at + remove);
          }
          const bytes = utf8(garbled.slice(0, garbled.length - cut % 10));
          expectHidden(shown(bytes, detected ? undefined : format), written);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each(SAMPLES)("any bytes as $format", ({ format }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        runs++;
        shown(bytes, format);
      }),
      { numRuns: RUNS },
    );
  });

  test("any bytes, of whichever kind they seem to be", () => {
    const start = fc.constantFrom(
      "",
      "[",
      "{",
      "<",
      "otpauth",
      "\ufeff",
      "\0\x02",
      "serial,seed\n",
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        runs++;
        shown(Uint8Array.of(...utf8(head), ...tail), undefined);
      }),
      { numRuns: RUNS },
    );
  });
});
