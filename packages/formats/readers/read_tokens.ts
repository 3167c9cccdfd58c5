import { FormatError } from "@otpsmith/core/errors";
import type { SeedNotation } from "../_digits.ts";
import { detectFormat } from "./detect_format.ts";
import { readAegis } from "./aegis.ts";
import { isEncryptedAndOtp } from "./_andotp_header.ts";
import { readAndOtp } from "./andotp.ts";
import { readCsv } from "./csv.ts";
import { toUtf8 } from "./_encoding.ts";
import { readOtpauthList } from "./otpauth_list.ts";
import { readPskc } from "./pskc.ts";
import { readTwoFas } from "./twofas.ts";
import type { FileFormat, TokenFile } from "../token_record.ts";
import type { SourceOptions } from "../typed_seed.ts";

/** How {@linkcode readTokens} reads. */
export interface ReadTokensOptions extends SourceOptions {
  /** Which kind of file it is; found out by itself if left out. */
  readonly format?: FileFormat | undefined;
  /** How the seeds of a CSV file are written, if it does not tell. */
  readonly as?: SeedNotation | undefined;
  /** The passphrase of an encrypted file, as UTF-8. Left as it is: wipe it. */
  readonly passphrase?: Uint8Array | undefined;
  /** The key of an encrypted PSKC file: 16, 24 or 32 bytes. Left as it is: wipe it. */
  readonly key?: Uint8Array | undefined;
}

/** The largest file that is read: 64 MiB, over half a million rows. */
const MAX_BYTES = 64 * 1024 * 1024;

type Read = (bytes: Uint8Array, options: ReadTokensOptions) => TokenFile;

const READERS: Readonly<Record<FileFormat, Read>> = {
  otpauth: readLines,
  google: readLines,
  aegis: inUtf8(readAegis),
  "2fas": inUtf8(readTwoFas),
  andotp: (bytes, options) =>
    (isEncryptedAndOtp(bytes) ? readAndOtp : inUtf8(readAndOtp))(bytes, options),
  csv: readCsv,
  pskc: readPskc,
};

/**
 * Reads a file with tokens or accounts, whichever of the known kinds it is: lists of `otpauth://` links,
 * exports of Google Authenticator, Aegis, 2FAS and andOTP, CSV, PSKC. The caller's bytes are left as they
 * are: wipe them, and the secrets of the records.
 *
 * @throws {FormatError} `format/unknown-file`; `format/passphrase-needed` and `format/key-needed` if the
 * file is encrypted: ask, and call again; else what the reader of its kind throws. No message repeats a
 * part of a seed.
 *
 * @example Ask for the passphrase only if there is one
 * ```ts
 * import { readTokens, recordsOf } from "@otpsmith/formats";
 *
 * const bytes = new TextEncoder().encode("serial,seed\n1,JBSWY3DPEHPK3PXP\n");
 * const file = readTokens(bytes, { source: "tokens.csv" });
 * if (file.format !== "csv" || recordsOf(file)[0]?.serial !== "1") throw new Error("unexpected");
 * ```
 */
export function readTokens(bytes: Uint8Array, options: ReadTokensOptions): TokenFile {
  const { source } = options;
  if (bytes.length > MAX_BYTES) {
    throw new FormatError("unknown-file", "Cannot read tokens: the file is larger than 64 MiB", {
      source,
      next: "Split it.",
    });
  }
  const format = options.format ?? detectFormat(bytes);
  if (!format) {
    throw new FormatError("unknown-file", "Cannot read tokens: it is no file of a known kind", {
      source,
      position: 0,
      next:
        "Known are otpauth links, exports of Google Authenticator, Aegis, 2FAS and andOTP, CSV and PSKC.",
    });
  }
  return READERS[format](bytes, options);
}

function readLines(bytes: Uint8Array, options: ReadTokensOptions): TokenFile {
  return inUtf8(readOtpauthList)(bytes, options);
}

/** A reader of UTF-8 for texts in any encoding. */
function inUtf8(read: Read): Read {
  return (bytes, options) => {
    const text = toUtf8(bytes);
    try {
      return read(text.bytes, options);
    } finally {
      if (text.owned) text.bytes.fill(0);
    }
  };
}
