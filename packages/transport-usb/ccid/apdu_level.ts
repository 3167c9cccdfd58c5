import { concatBytes } from "@otpsmith/core/bytes";
import { trouble } from "../usb_error.ts";
import { failedAnswer } from "./card_error.ts";
import type { CcidInterface } from "./descriptor.ts";
import type { Exchange, Send } from "./exchange.ts";
import { ANSWER, type CcidAnswer, COMMAND, HEADER_BYTES } from "./message.ts";

/** A short APDU: 5 bytes of header, 255 of data, Le; and the longest answer to it. */
export const SHORT: Exchange["limits"] = { command: 5 + 255 + 1, response: 256 + 2 };
/** An extended APDU, as ISO 7816-4 has it. */
const EXTENDED = { command: 4 + 3 + 65_535 + 2, response: 65_536 + 2 } as const;

/** wLevelParameter and bChainParameter (CCID 1.1, sections 6.1.4 and 6.2.1). */
const CHAIN = { whole: 0, begins: 1, ends: 2, goesOn: 3, empty: 0x10 } as const;

/** A data block that carries an answer, or the reason why it does not. */
export function dataOf(answer: CcidAnswer): CcidAnswer {
  if (answer.outcome === "failed") throw failedAnswer(answer);
  if (answer.type !== ANSWER.dataBlock) throw trouble("confused");
  return answer;
}

/** For readers that take short APDUs: one message each way. */
export function exchangeShort(send: Send, { longestMessage }: CcidInterface): Exchange {
  const room = longestMessage - HEADER_BYTES;
  return {
    limits: { command: Math.min(SHORT.command, room), response: Math.min(SHORT.response, room) },
    send: async (apdu) => {
      const answer = dataOf(await send({ type: COMMAND.exchange, data: apdu }));
      return answer.data.slice();
    },
  };
}

/**
 * For readers that take APDUs of any length: what does not fit into a message goes in several, both ways.
 * There are readers that answer in several messages where one would do (LudovicRousseau/CCID, src/commands.c).
 */
export function exchangeExtended(send: Send, { longestMessage }: CcidInterface): Exchange {
  const room = longestMessage - HEADER_BYTES;
  return {
    limits: EXTENDED,
    send: async (apdu) => {
      let answer: CcidAnswer;
      for (let at = 0;;) {
        const data = apdu.subarray(at, at + room);
        const first = at === 0;
        at += room;
        const last = at >= apdu.length;
        const level = first
          ? (last ? CHAIN.whole : CHAIN.begins)
          : (last ? CHAIN.ends : CHAIN.goesOn);
        answer = dataOf(await send({ type: COMMAND.exchange, specific: [0, level, 0], data }));
        if (last) break;
        if (answer.specific !== CHAIN.empty || answer.data.length > 0) throw trouble("confused");
      }
      return await collect(send, answer);
    },
  };
}

async function collect(send: Send, first: CcidAnswer): Promise<Uint8Array> {
  if (first.specific === CHAIN.whole) return first.data.slice();
  if (first.specific !== CHAIN.begins) throw trouble("confused");
  const parts = [first.data.slice()];
  let length = first.data.length;
  for (let answer = first; answer.specific !== CHAIN.ends;) {
    const command = { type: COMMAND.exchange, specific: [0, CHAIN.empty, 0] } as const;
    answer = dataOf(await send(command));
    const { specific, data } = answer;
    const expected = specific === CHAIN.goesOn || specific === CHAIN.ends;
    length += data.length;
    // An empty part that is not the last would let the reader go on for ever.
    const goesSomewhere = data.length > 0 || specific === CHAIN.ends;
    if (!expected || !goesSomewhere || length > EXTENDED.response) throw trouble("confused");
    parts.push(data.slice());
  }
  return concatBytes(parts);
}
