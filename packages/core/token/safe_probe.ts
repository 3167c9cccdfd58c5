import { exchangeApdu } from "../apdu/get_response.ts";
import { decodeHex, encodeHex } from "../bytes/hex.ts";
import type { ApduLink, CallOptions } from "../link/link.ts";

/** One question of the safe probe, and what was answered. */
export interface ProbeAnswer {
  /** What was asked, for a person. */
  readonly asked: string;
  /** The command, in hexadecimal. */
  readonly command: string;
  /** The answer without its status word, in hexadecimal; `XX` stands for each byte that may name its owner. */
  readonly answer: string;
  /** Status word, four hexadecimal digits. */
  readonly status: string;
}

/**
 * Commands that change nothing and count as no try, in the order of the maker's own app
 * (token2/t2nfc_burner@c0df7db), and one for tokens with several seeds (token2/molto2-tools@638688b).
 */
const QUESTIONS: readonly { readonly asked: string; readonly command: string }[] = [
  { asked: "serial number and clock", command: "80410000020211" },
  { asked: "first profile", command: "804100000170" },
  { asked: "FIDO application", command: "00A4040008A0000006472F0001" },
  { asked: "YubiKey OATH application", command: "00A4040007A0000005272101" },
];

/**
 * Asks something on a reader that no driver knows what it is, with commands that only read, so that its
 * owner can send the answers in. It never authenticates: wrong answers may lock a token for good.
 *
 * All of a serial number but its first seven digits, and all that an application says of itself, is left
 * out: neither is needed to recognise a family.
 *
 * @throws {LinkError} If the conversation failed.
 *
 * @example A card that knows nothing of it
 * ```ts
 * import { createApduLink, safeProbe } from "@otpsmith/core";
 *
 * const link = createApduLink({
 *   label: "example", medium: "simulated", limits: { command: 261, response: 258 },
 *   exchange: () => Promise.resolve(Uint8Array.of(0x6d, 0x00)), release: () => Promise.resolve(),
 * });
 * const answers = await safeProbe(link);
 * if (!answers.every(({ status }) => status === "6D00")) throw new Error("unexpected");
 * ```
 */
export async function safeProbe(
  link: ApduLink,
  options: CallOptions = {},
): Promise<readonly ProbeAnswer[]> {
  const answers: ProbeAnswer[] = [];
  for (const { asked, command } of QUESTIONS) {
    const bytes = decodeHex(command);
    const { data, status } = await exchangeApdu(link, bytes, { ...options, command: asked });
    answers.push({
      asked,
      command,
      answer: command.startsWith("00A4") ? "XX".repeat(data.length) : withoutOwner(data),
      status: status.toString(16).toUpperCase().padStart(4, "0"),
    });
  }
  return answers;
}

/** A run of digits that is long enough for a serial number. */
const SERIAL_DIGITS = 8;
const KEPT_DIGITS = 7;

function withoutOwner(data: Uint8Array): string {
  const shown = Array.from(data, (byte) => encodeHex(Uint8Array.of(byte)));
  // A profile begins with 95 1F 70 1D and a flag; then its title has sixteen bytes.
  if (data[0] === 0x95 && data[2] === 0x70) shown.fill("XX", 5, 21);
  const digits = (from: number): number => {
    const end = data.findIndex((byte, at) => at >= from && !(byte >= 0x30 && byte <= 0x39));
    return (end < 0 ? data.length : end) - from;
  };
  for (let at = 0; at < data.length; at += Math.max(1, digits(at))) {
    if (digits(at) >= SERIAL_DIGITS) shown.fill("XX", at + KEPT_DIGITS, at + digits(at));
  }
  return shown.join("");
}
