import type { FramedAnswer, Framing } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { ApduLink } from "../../link/mod.ts";

// SySS-Research/protectimus-slim-proxmark3@c113bcb, hf_14a_protectimus_nfc.lua. That script adds the header
// of an ISO 14443-4 block (02) itself; here the reader does.

const TO_TOKEN = 0x86;
const FROM_TOKEN = 0xaa;

/**
 * A message as it goes to the token: 86, the length of the rest, the message, and the exclusive-or of all
 * its bytes.
 *
 * @example The question for the code
 * ```ts
 * import { encodeHex } from "@otpsmith/core";
 * import { protectimusFrame } from "@otpsmith/core/drivers/protectimus_slim";
 *
 * const frame = protectimusFrame(Uint8Array.of(0x42, 0x00));
 * if (encodeHex(frame) !== "8603420042") throw new Error("unexpected");
 * ```
 */
export function protectimusFrame(message: Uint8Array): Uint8Array {
  return Uint8Array.of(TO_TOKEN, message.length + 1, ...message, checksum(message));
}

/**
 * How messages travel: one frame there, one back that begins with AA and names the same command. What it
 * names is taken off. An answer has no status word, so there are no refusals: one that is not such a frame is
 * `garbled`, and what the token did is then not known.
 */
export const protectimusFraming: Framing<ApduLink> = {
  exchange: async (link, message, { signal, timeoutMs, command }): Promise<FramedAnswer> => {
    const frame = protectimusFrame(message);
    const answer = await link.transceive(frame, { signal, timeoutMs });
    const body = answer.subarray(2, -1);
    const whole = answer.length >= 4 && answer[0] === FROM_TOKEN &&
      answer[1] === answer.length - 2 && checksum(body) === answer.at(-1) &&
      body[0] === message[0];
    if (!whole) {
      throw new TokenError("garbled", `Cannot ${command}: the answer has not the known shape`, {
        command,
      });
    }
    return { data: body.slice(1) };
  },
};

function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}
