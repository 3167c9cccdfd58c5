import { T1 } from "../t1/protocol.ts";
import { trouble } from "../usb_error.ts";
import { type Atr, readAtr } from "./atr.ts";
import { failedAnswer } from "./card_error.ts";
import { FEATURE } from "./descriptor.ts";
import type { Exchange } from "./exchange.ts";
import { exchangeExtended, exchangeShort } from "./apdu_level.ts";
import { type CcidAnswer, COMMAND } from "./message.ts";
import { acceptedFactors, agree, type Agreement, encodeParameters } from "./parameters.ts";
import type { CcidReader, SlotCommand, TransactOptions } from "./reader.ts";
import { carryBlocks, exchangeT1 } from "./t1_level.ts";
import { exchangeT0 } from "./t0_level.ts";

/** A card under power, spoken to through one slot of a reader. */
export interface PoweredCard {
  /** Its answer to reset. */
  readonly atr: Uint8Array;
  /** Sends one APDU. */
  readonly exchange: Exchange;
}

/** One slot of a reader, for whoever holds the reader's gate. */
export class Slot {
  /** The reader. */
  readonly reader: CcidReader;
  readonly #number: number;
  #sequence: number | undefined;
  #stopped = false;

  /** Makes one. */
  constructor(reader: CcidReader, number: number) {
    this.reader = reader;
    this.#number = number;
  }

  /** Sends one command to the slot. */
  async transact(command: SlotCommand, options: TransactOptions = {}): Promise<CcidAnswer> {
    try {
      return await this.reader.transact(this.#number, command, {
        ...options,
        onSequence: (sequence) => this.#sequence = sequence,
        stopped: () => this.#stopped,
      });
    } finally {
      this.#sequence = undefined;
    }
  }

  /** Breaks off the command that is out. */
  async abort(): Promise<void> {
    const sequence = this.#sequence;
    if (sequence !== undefined) await this.reader.abort(this.#number, sequence);
  }

  /** Stops waiting for answers, as soon as the wait that is out has ended. */
  stop(): void {
    this.#stopped = true;
  }

  /** After a halt of a pipe. */
  recover(): Promise<void> {
    return this.reader.recover(this.#number);
  }

  /** Whether there is a card, and whether it has power. */
  async state(): Promise<CcidAnswer["card"]> {
    return (await this.transact({ type: COMMAND.slotStatus })).card;
  }

  /** Takes the card's power. A reader that had to be given up is not asked. */
  async powerOff(): Promise<void> {
    if (this.#stopped) return;
    await this.transact({ type: COMMAND.powerOff });
  }

  /** Gives the card power, from none, and agrees with it how to speak. */
  async powerOn(): Promise<PoweredCard> {
    const { facts } = this.reader;
    if (facts.level === "character") throw trouble("character");
    const state = await this.state();
    if (state === "absent") throw trouble("absent");
    // What another program has left behind, an authentication perhaps, ends here.
    if (state === "active") await this.powerOff();
    const bytes = await this.#activate();
    const atr = readAtr(bytes);
    if (!atr) throw trouble("strangeAtr");
    const agreement = agree(atr, facts);
    if (!agreement) throw trouble("noProtocol");
    await this.#settle(agreement, atr);
    return { atr: bytes, exchange: await this.#speak(agreement, atr) };
  }

  async #activate(): Promise<Uint8Array> {
    let answer: CcidAnswer | undefined;
    for (const power of voltagesToTry(this.reader.facts)) {
      answer = await this.transact({ type: COMMAND.powerOn, specific: [power, 0, 0] });
      if (answer.outcome === "ok") return answer.data.slice();
    }
    const cause = answer && failedAnswer(answer);
    throw trouble(answer?.card === "absent" ? "absent" : "mute", { cause });
  }

  /** Has the card and the reader use what was agreed. */
  async #settle({ protocol, pps, parameters }: Agreement, atr: Atr): Promise<void> {
    let wanted = parameters;
    if (pps) {
      const answer = await this.transact({ type: COMMAND.exchange, data: pps });
      const factors = answer.outcome === "ok" ? acceptedFactors(pps, answer.data) : undefined;
      if (factors === undefined) throw trouble("noProtocol", { cause: new Error("PPS refused") });
      wanted = encodeParameters(atr, { protocol, factors });
    }
    if (!wanted) return;
    const command = { type: COMMAND.setParameters, data: wanted } as const;
    const answer = await this.transact({ ...command, specific: [protocol, 0, 0] });
    // A reader that speaks APDUs may well do this by itself and not want to be told.
    const needed = this.reader.facts.level === "tpdu";
    if (answer.outcome !== "ok" && needed) {
      throw trouble("noProtocol", { cause: failedAnswer(answer) });
    }
  }

  async #speak({ protocol }: Agreement, atr: Atr): Promise<Exchange> {
    const { facts } = this.reader;
    const send = (command: SlotCommand, options?: TransactOptions): Promise<CcidAnswer> =>
      this.transact(command, options);
    if (facts.level === "extended-apdu") return exchangeExtended(send, facts);
    if (facts.level === "short-apdu") return exchangeShort(send, facts);
    if (protocol === 0) return exchangeT0(send, facts);
    const t1 = new T1({
      carry: carryBlocks(send),
      check: atr.crc ? "crc" : "lrc",
      // A block and its frame have to fit into a message, and the reader says what it takes.
      ifsc: Math.min(atr.ifsc, facts.longestBlock || 254, facts.longestMessage - 10 - 5),
    });
    const ifsd = Math.min(Math.max(facts.longestBlock, 1), 254, facts.longestMessage - 10 - 5);
    return await exchangeT1(t1, facts.features & FEATURE.autoIfsd ? undefined : ifsd);
  }
}

/** bPowerSelect values in the order to try them: by itself where the reader can, else from 5 V down. */
export function voltagesToTry(
  { features, voltages }: { readonly features: number; readonly voltages: number },
): readonly number[] {
  if (features & (FEATURE.autoActivation | FEATURE.autoVoltage)) return [0];
  const offered = [1, 2, 3].filter((power) => voltages & 1 << power - 1);
  return offered.length > 0 ? offered : [0];
}
