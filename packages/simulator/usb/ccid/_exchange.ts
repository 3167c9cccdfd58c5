import { concatBytes } from "@otpsmith/core/bytes";
import type { VirtualCard } from "../../card.ts";
import { T0Card } from "./_t0_card.ts";
import { T1Card } from "./_t1_card.ts";
import { SLOT_ERROR } from "./messages.ts";

/** What became of one XfrBlock: bytes and chain parameter, or the slot's error. */
export type Exchanged =
  | { readonly data: Uint8Array; readonly chain: number }
  | { readonly error: number };

/** How a slot passes on what comes in XfrBlock, from power-on to power-off. */
export interface Exchange {
  /** Takes the data and wLevelParameter of one message. Rejects when the card does not answer. */
  transfer(data: Uint8Array, level: number): Promise<Exchanged>;
}

/** The longest short APDU: header, Lc, 255 bytes, Le. */
const SHORT_APDU = 261;

/** wLevelParameter and bChainParameter (CCID 1.1, sections 6.1.4 and 6.2.1). */
const CHAIN = { whole: 0, begins: 1, ends: 2, continues: 3, empty: 0x10 } as const;

/** One message is one short APDU. */
export function shortApdus(card: VirtualCard): Exchange {
  return {
    transfer: async (data, level) => {
      if (level !== 0) return { error: SLOT_ERROR.level };
      if (data.length < 4 || data.length > SHORT_APDU) return { error: SLOT_ERROR.length };
      return { data: await card.process(data), chain: 0 };
    },
  };
}

/** APDUs of any length, cut over several messages where they are longer than `part` bytes. */
export function extendedApdus(card: VirtualCard, options: { readonly part: number }): Exchange {
  const { part } = options;
  let command: Uint8Array[] = [];
  let answer: Uint8Array | undefined;
  const next = (chain: "first" | "later"): Exchanged => {
    const data = answer!.subarray(0, part);
    const rest = answer!.subarray(part);
    answer = rest.length > 0 ? rest : undefined;
    if (rest.length === 0) return { data, chain: chain === "first" ? CHAIN.whole : CHAIN.ends };
    return { data, chain: chain === "first" ? CHAIN.begins : CHAIN.continues };
  };
  const run = async (): Promise<Exchanged> => {
    const whole = concatBytes(command);
    for (const each of command.splice(0)) each.fill(0);
    if (whole.length < 4) return { error: SLOT_ERROR.length };
    try {
      answer = await card.process(whole);
    } finally {
      whole.fill(0);
    }
    return next("first");
  };
  return {
    transfer: async (data, level) => {
      if (level === CHAIN.empty && data.length === 0 && answer) return next("later");
      const begins = level === CHAIN.whole || level === CHAIN.begins;
      const known = begins || level === CHAIN.continues || level === CHAIN.ends;
      if (!known || begins !== (command.length === 0)) {
        command = [];
        return { error: SLOT_ERROR.level };
      }
      answer = undefined;
      command.push(data.slice());
      if (level === CHAIN.whole || level === CHAIN.ends) return await run();
      return { data: new Uint8Array(), chain: CHAIN.empty };
    },
  };
}

/** TPDUs of the protocol that the host has chosen. A PPS request, which begins with FF, is agreed to. */
export function tpdus(
  card: VirtualCard,
  options: { readonly protocol: number; readonly extensions: number },
): Exchange {
  const speaker = options.protocol === 1 ? new T1Card(card, options) : new T0Card(card);
  return {
    transfer: async (data, level) => {
      if (level !== 0) return { error: SLOT_ERROR.level };
      if (data[0] === 0xff) return { data: data.slice(), chain: 0 };
      return { data: await speaker.exchange(data), chain: 0 };
    },
  };
}
