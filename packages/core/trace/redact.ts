import { encodeHex } from "../bytes/hex.ts";

/** Bytes that must never be printed: offsets in the data field of the command or of the answer. */
export interface SecretRange {
  /** Which message. */
  readonly in: "command" | "answer";
  /** First byte, from 0. */
  readonly from: number;
  /** First byte that is not secret any more; the end of the field by default. */
  readonly to?: number | undefined;
}

/** Options of {@linkcode redactMessage}. */
export interface RedactMessageOptions {
  /** Which message it is. */
  readonly message: "command" | "answer";
  /** What must not be printed of it. */
  readonly secrets: readonly SecretRange[];
  /** Where its data stands in that of a message which comes in parts; 0 unless given. */
  readonly offset?: number | undefined;
}

/** A range of offsets, `to` excluded. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Writes a command or an answer for a trace, with the secret ranges of its declaration replaced by their
 * length: `84 C5 01 00 24 [secret 36 bytes]`. The offsets
 * are those of the data field; the header of a command and the status word stay readable.
 *
 * @example Redact the data of a command
 * ```ts
 * import { redactMessage } from "@otpsmith/core";
 *
 * const text = redactMessage(Uint8Array.of(0x84, 0xc5, 1, 0, 2, 0xaa, 0xbb), {
 *   message: "command",
 *   secrets: [{ in: "command", from: 0 }],
 * });
 * if (text !== "84C5010002 [secret 2 bytes]") throw new Error(text);
 * ```
 */
export function redactMessage(bytes: Uint8Array, options: RedactMessageOptions): string {
  const isCommand = options.message === "command";
  const start = isCommand ? Math.min(5, bytes.length) : 0;
  const end = isCommand ? bytes.length : Math.max(0, bytes.length - 2);
  return render(bytes, spansOf(options, { from: start, to: end }));
}

/**
 * Writes a message that is data from its first byte to its last, as HID reports carry it, with its secret
 * ranges replaced by their length.
 *
 * @example Redact the end of a message
 * ```ts
 * import { redactData } from "@otpsmith/core";
 *
 * const text = redactData(Uint8Array.of(0x30, 0xaa, 0xbb), {
 *   message: "command",
 *   secrets: [{ in: "command", from: 1 }],
 * });
 * if (text !== "30 [secret 2 bytes]") throw new Error(text);
 * ```
 */
export function redactData(
  bytes: Uint8Array,
  options: { readonly message: "command" | "answer"; readonly secrets: readonly SecretRange[] },
): string {
  return render(bytes, spansOf(options, { from: 0, to: bytes.length }));
}

/** Where the secrets of a message lie, given where its data field lies. */
function spansOf({ message, secrets, offset = 0 }: RedactMessageOptions, field: Span): Span[] {
  const first = field.from - offset; // where the data of the first part would begin
  return secrets
    .filter((range) => range.in === message)
    .map((range) => ({
      from: Math.max(field.from, first + range.from),
      to: Math.min(field.to, first + (range.to ?? Infinity)),
    }))
    .filter((span) => span.to > span.from)
    .sort((a, b) => a.from - b.from);
}

function render(bytes: Uint8Array, spans: readonly Span[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const span of spans) {
    const from = Math.max(at, span.from);
    if (span.to <= from) continue;
    if (from > at) parts.push(encodeHex(bytes.subarray(at, from)));
    parts.push(`[secret ${span.to - from} bytes]`);
    at = span.to;
  }
  if (at < bytes.length) parts.push(encodeHex(bytes.subarray(at)));
  return parts.join(" ");
}
