import { concatBytes } from "@otpsmith/core/bytes";
import { trouble } from "../usb_error.ts";
import { dataOf, SHORT } from "./apdu_level.ts";
import type { CcidInterface } from "./descriptor.ts";
import type { Exchange, Send } from "./exchange.ts";
import { COMMAND, HEADER_BYTES } from "./message.ts";

/** How many parts an answer may come in: a card that always has more must not keep us. */
const MOST_PARTS = 256;

/** For readers that take T=0 TPDUs: a TPDU has data one way only, the rest is asked for. */
export function exchangeT0(send: Send, { longestMessage }: CcidInterface): Exchange {
  const room = longestMessage - HEADER_BYTES;
  const tpdu = async (data: Uint8Array): Promise<Uint8Array> => {
    const answer = dataOf(await send({ type: COMMAND.exchange, data }));
    if (answer.data.length < 2) throw trouble("garbled");
    return answer.data.slice();
  };
  return {
    limits: { command: Math.min(SHORT.command, room), response: SHORT.response },
    send: async (apdu) => {
      const first = toTpdu(apdu);
      let answer = await tpdu(first);
      // 6Cxx: not carried out; the right length is xx. Only a command without data has a length to correct.
      if (sw1(answer) === 0x6c && first.length === 5) {
        answer = await tpdu(Uint8Array.of(...first.subarray(0, 4), sw2(answer)));
      }
      const parts = [answer];
      while (sw1(answer) === 0x61) {
        if (parts.length >= MOST_PARTS) throw trouble("confused");
        answer = await tpdu(getResponse(apdu[0]!, sw2(answer)));
        if (sw1(answer) === 0x6c) answer = await tpdu(getResponse(apdu[0]!, sw2(answer)));
        parts.push(answer);
      }
      const status = answer.slice(-2);
      return concatBytes([...parts.map((part) => part.subarray(0, -2)), status]);
    },
  };
}

/**
 * The TPDU of an APDU (ISO/IEC 7816-3, section 12.2): without Le behind data, with P3 = 0 for none of both. What has
 * data is a view: they may be a seed, and whoever gave them overwrites them.
 */
export function toTpdu(apdu: Uint8Array): Uint8Array {
  if (apdu.length === 4) return Uint8Array.of(...apdu, 0);
  if (apdu.length === 5) return apdu;
  const end = 5 + apdu[4]!;
  if (apdu[4] === 0 || apdu.length < end || apdu.length > end + 1) throw trouble("tooLong");
  return apdu.subarray(0, end);
}

/** GET RESPONSE, with the class of the command but without secure messaging and chaining. */
function getResponse(cla: number, length: number): Uint8Array {
  return Uint8Array.of(cla & 0x80 ? 0x00 : cla & 0x03, 0xc0, 0, 0, length);
}

function sw1(answer: Uint8Array): number {
  return answer.at(-2)!;
}

function sw2(answer: Uint8Array): number {
  return answer.at(-1)!;
}
