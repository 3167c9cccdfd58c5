import type { VirtualCard } from "../../card.ts";
import { type Exchange, extendedApdus, shortApdus, tpdus } from "./_exchange.ts";
import { protocolsOf } from "./atr.ts";
import { type CcidClass, exchangeLevel, FEATURE } from "./class_descriptor.ts";
import {
  ANSWER,
  CARD_STATE,
  type CcidAnswer,
  type CcidCommand,
  COMMAND,
  HEADER,
  SLOT_ERROR,
} from "./messages.ts";

/** Options of a slot. */
export interface SlotOptions {
  /** What the interface tells of itself. */
  readonly shape: CcidClass;
  /** The card that comes and goes in it. */
  readonly card: VirtualCard | undefined;
  /** Cuts answers of an extended level into parts of so many bytes; the longest that fit, unless given. */
  readonly part?: number | undefined;
  /** How often a card that speaks T=1 asks for more time. */
  readonly extensions: number;
  /** Answers an escape command; readers refuse them unless given. */
  readonly escape?: ((data: Uint8Array) => Uint8Array | undefined) | undefined;
}

type Handler = (command: CcidCommand) => CcidAnswer | Promise<CcidAnswer>;

/** Lengths of the protocol data of SetParameters, by protocol (CCID 1.1, section 6.1.7). */
const PARAMETER_BYTES: readonly number[] = [5, 7];

/** One slot of a reader: card state, parameters, and what the commands do to them. */
export class Slot {
  readonly #options: SlotOptions;
  #active = false;
  #protocol = 0;
  #parameters: Uint8Array = new Uint8Array();
  #exchange: Exchange | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** State of the card, as bits 0 and 1 of bStatus tell it. */
  get state(): number {
    const present = this.#options.card?.present ?? false;
    if (!present) return CARD_STATE.absent;
    return this.#active ? CARD_STATE.active : CARD_STATE.inactive;
  }

  /** The card loses its power: it left, the host says so, or the reader is pulled out. */
  powerOff(): void {
    if (this.#active) this.#options.card?.power("off");
    this.#active = false;
    this.#exchange = undefined;
  }

  /** Carries out one command. */
  async run(command: CcidCommand): Promise<CcidAnswer> {
    const handler = this.#handlers[command.type];
    return handler
      ? await handler(command)
      : this.#refuse(ANSWER.slotStatus, SLOT_ERROR.notSupported);
  }

  readonly #handlers: Readonly<Record<number, Handler>> = {
    [COMMAND.powerOn]: ({ specific: [voltage] }) => this.#powerOn(voltage),
    [COMMAND.powerOff]: () => {
      this.powerOff();
      return { type: ANSWER.slotStatus, card: this.state, specific: 1 };
    },
    [COMMAND.slotStatus]: () => ({
      type: ANSWER.slotStatus,
      card: this.state,
      specific: this.#active ? 0 : 1,
    }),
    [COMMAND.transfer]: (command) => this.#transfer(command),
    [COMMAND.getParameters]: () => this.#tellParameters(),
    [COMMAND.resetParameters]: () => {
      if (this.#active) this.#choose(this.#firstProtocol());
      return this.#tellParameters();
    },
    [COMMAND.setParameters]: ({ specific: [protocol], data }) => {
      const allowed = this.#options.shape.protocols >> protocol & 1;
      if (!allowed || protocol > 1) return this.#refuse(ANSWER.parameters, SLOT_ERROR.specific0);
      if (data.length !== PARAMETER_BYTES[protocol]) {
        return this.#refuse(ANSWER.parameters, SLOT_ERROR.length);
      }
      if (this.#active) this.#choose(protocol, data);
      return this.#tellParameters();
    },
    [COMMAND.escape]: ({ data }) => {
      const answer = this.#options.escape?.(data);
      return answer
        ? { type: ANSWER.escape, card: this.state, data: answer }
        : this.#refuse(ANSWER.escape, SLOT_ERROR.notSupported);
    },
  };

  #powerOn(voltage: number): CcidAnswer {
    const { shape, card } = this.#options;
    const automatic = (shape.features & (FEATURE.activation | FEATURE.voltage)) !== 0;
    const known = voltage === 0 ? automatic : voltage <= 3 && shape.voltages >> voltage - 1 & 1;
    if (!known) return this.#refuse(ANSWER.dataBlock, SLOT_ERROR.specific0);
    if (!card?.present) return this.#refuse(ANSWER.dataBlock, SLOT_ERROR.mute);
    card.power(this.#active ? "reset" : "on");
    this.#active = true;
    this.#choose(this.#firstProtocol());
    return { type: ANSWER.dataBlock, card: this.state, data: card.atr };
  }

  async #transfer({ data, specific: [, low, high] }: CcidCommand): Promise<CcidAnswer> {
    if (this.state !== CARD_STATE.active) return this.#refuse(ANSWER.dataBlock, SLOT_ERROR.mute);
    try {
      const exchanged = await this.#exchange!.transfer(data, low | high << 8);
      if ("error" in exchanged) return this.#refuse(ANSWER.dataBlock, exchanged.error);
      const { data: answer, chain } = exchanged;
      return { type: ANSWER.dataBlock, card: this.state, data: answer, specific: chain };
    } catch { // the card left, or is broken in a way that only the reader sees: it is silent
      return this.#refuse(ANSWER.dataBlock, SLOT_ERROR.mute);
    }
  }

  #tellParameters(): CcidAnswer {
    if (!this.#active) return this.#refuse(ANSWER.parameters, SLOT_ERROR.mute);
    const specific = this.#protocol;
    return { type: ANSWER.parameters, card: this.state, specific, data: this.#parameters };
  }

  #firstProtocol(): number {
    const { shape, card } = this.#options;
    return protocolsOf(card!.atr).offered.find((each) => shape.protocols >> each & 1) ?? 0;
  }

  #choose(protocol: number, data?: Uint8Array): void {
    const { shape, part, extensions } = this.#options;
    const card = this.#options.card!;
    this.#protocol = protocol;
    this.#parameters = data?.slice() ??
      Uint8Array.from(
        protocol === 1
          ? [0x11, 0x10, 0, 0x4d, 0, protocolsOf(card.atr).ifsc, 0]
          : [0x11, 0, 0, 10, 0],
      );
    const level = exchangeLevel(shape.features);
    this.#exchange = level === "short-apdu"
      ? shortApdus(card)
      : level === "extended-apdu"
      ? extendedApdus(card, { part: part ?? shape.message - HEADER })
      : tpdus(card, { protocol, extensions });
  }

  #refuse(type: number, error: number): CcidAnswer {
    return { type, card: this.state, outcome: "failed", error };
  }
}
