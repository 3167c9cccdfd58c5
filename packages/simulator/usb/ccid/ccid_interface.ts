import { concatBytes } from "@otpsmith/core/bytes";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import type { VirtualCard } from "../../card.ts";
import type { SetupPacket } from "../device/usb_device.ts";
import type { FunctionWire, InterfaceShape, UsbFunction } from "../device/usb_function.ts";
import { encodeClass } from "./class_descriptor.ts";
import { AnswerSender } from "./_answer_sender.ts";
import { type CcidFault, CcidFaults } from "./faults.ts";
import {
  ANSWER,
  answerType,
  CARD_STATE,
  type CcidAnswer,
  type CcidCommand,
  COMMAND,
  decodeCommand,
  encodeSlotChange,
  HEADER,
  messageLength,
  SLOT_ERROR,
} from "./messages.ts";
import type { CcidInterfaceProfile } from "./profiles.ts";
import { Slot } from "./_slot.ts";

/** How a reader differs from the plain one. */
export interface CcidPersonality {
  /** Milliseconds after which it asks for more time, again and again; 1000 unless given. */
  readonly extendEveryMs?: number | undefined;
  /** Cuts answers of an extended level into parts of so many bytes, even where they would fit. */
  readonly answerPart?: number | undefined;
  /** How often a card that speaks T=1 asks for more time before each answer; never unless given. */
  readonly waitingTimeExtensions?: number | undefined;
  /** Answers escape commands; `undefined` refuses one, and unless given all are refused. */
  readonly escape?: ((data: Uint8Array) => Uint8Array | undefined) | undefined;
  /** Time source. */
  readonly time?: TimeSource | undefined;
}

/** Options of {@linkcode CcidInterface}. */
export interface CcidInterfaceOptions extends CcidPersonality {
  /** What the interface is. */
  readonly profile: CcidInterfaceProfile;
  /** The cards that come and go in its slots, in order. A slot may stay empty. */
  readonly cards: readonly (VirtualCard | undefined)[];
}

/** One slot and what is going on in it. */
interface Seat {
  readonly slot: Slot;
  readonly card: VirtualCard | undefined;
  /** The command under way, and what lets go of it. */
  running?: { readonly command: CcidCommand; readonly release: () => void } | undefined;
  /** Sequence numbers of the two halves of an abort (CCID 1.1, section 5.3.1). */
  abortControl?: number | undefined;
  abortBulk?: CcidCommand | undefined;
}

const ABORT_REQUEST = 1;
const ACKNOWLEDGED = new Uint8Array();

/**
 * A CCID interface around virtual cards, to be put into a device of one's own. Whole readers come from
 * `createCcidReader`.
 *
 * @example A token with a smart card inside
 * ```ts
 * import { createVirtualToken } from "@otpsmith/simulator";
 * import { CCID_PROFILES, CcidInterface, createUsbDevice } from "@otpsmith/simulator/usb";
 *
 * const { card } = createVirtualToken({ model: "token2-single:C302-i" });
 * const profile = CCID_PROFILES["Nitrokey 3"].interfaces[0]!;
 * const device = createUsbDevice({
 *   identity: { vendorId: 0x1209, productId: 0x0001, manufacturer: "Example", product: "Token" },
 *   functions: [new CcidInterface({ profile, cards: [card] })],
 * });
 * device.out(0x02, Uint8Array.of(0x65, 0, 0, 0, 0, 0, 7, 0, 0, 0)); // GetSlotStatus
 * const { data } = await device.in(0x81, 64).result;
 * if (data[0] !== 0x81 || data[6] !== 7) throw new Error("unexpected");
 * ```
 */
export class CcidInterface implements UsbFunction {
  /** What it tells of itself. */
  readonly shape: InterfaceShape;
  /** What goes wrong, and when. */
  readonly faults: CcidFaults = new CcidFaults();
  readonly #options: CcidInterfaceOptions;
  readonly #seats: readonly Seat[];
  readonly #time: TimeSource;
  readonly #bulkOut: { readonly address: number; readonly packet?: number | undefined };
  readonly #interrupt: number | undefined;
  #sender!: AnswerSender;
  #wire!: FunctionWire;
  #powered = false;
  #received: Uint8Array = new Uint8Array();
  #turn = 0;

  /** Makes one; it works as soon as it is part of a device. */
  constructor(options: CcidInterfaceOptions) {
    const { profile: { class: shape, endpoints }, cards } = options;
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.shape = { kind: [0x0b, 0, 0], extra: [encodeClass(shape)], endpoints };
    this.#bulkOut = endpoints.find(({ address }) => address < 0x80)!;
    this.#interrupt = endpoints.find(({ type }) => type === "interrupt")?.address;
    this.#seats = Array.from({ length: shape.slots ?? 1 }, (_, i) => ({
      card: cards[i],
      slot: new Slot({
        shape,
        card: cards[i],
        part: options.answerPart,
        extensions: options.waitingTimeExtensions ?? 0,
        escape: options.escape,
      }),
    }));
    for (const seat of this.#seats) seat.card?.onPresence((present) => this.#moved(seat, present));
  }

  /** Gets its wire when the device is made. */
  attach(wire: FunctionWire): void {
    this.#wire = wire;
    const bulkIn = this.shape.endpoints.find(({ address, type }) =>
      type === "bulk" && address >= 0x80
    );
    this.#sender = new AnswerSender(wire, bulkIn!.address);
  }

  /** It is plugged in, pulled out, or reset. */
  power(event: "on" | "off" | "reset"): void {
    this.#turn++;
    this.#received = new Uint8Array();
    for (const seat of this.#seats) {
      seat.slot.powerOff();
      seat.running?.release();
      seat.abortControl = seat.abortBulk = undefined;
    }
    this.#powered = event !== "off";
    if (this.#powered && this.#seats.some(({ card }) => card?.present)) {
      this.#notify(this.#seats.filter(({ card }) => card?.present));
    }
  }

  /** Takes the class request ABORT; the lists of clocks and rates are not offered. */
  control({ requestType, request, value }: SetupPacket): Uint8Array | undefined {
    if (requestType !== 0x21 || request !== ABORT_REQUEST) return undefined;
    const seat = this.#seats[value & 0xff];
    if (!seat) return undefined;
    seat.abortControl = value >> 8;
    this.#abort(seat);
    return ACKNOWLEDGED;
  }

  /** Takes one transfer of the host: a message, or a part of one that ends with a full packet. */
  out(_endpoint: number, data: Uint8Array): boolean | void {
    const bytes = concatBytes([this.#received, data]);
    this.#received.fill(0); // it may hold a seed
    this.#received = new Uint8Array();
    const { profile: { class: { message: most } } } = this.#options;
    if (bytes.length < HEADER) return;
    const length = messageLength(bytes);
    const more = bytes.length < length && data.length > 0 &&
      data.length % (this.#bulkOut.packet ?? 64) === 0;
    if (length <= most && more) return void (this.#received = bytes);
    const command = decodeCommand(bytes);
    bytes.fill(0);
    const fault = this.faults.next(command.type);
    if (fault?.kind === "stall") {
      this.#wire.stall(this.#sender.endpoint);
      return;
    }
    void this.#receive(command, { fault, lies: length > most || bytes.length !== length });
  }

  async #receive(
    command: CcidCommand,
    options: { readonly fault: CcidFault | undefined; readonly lies: boolean },
  ): Promise<void> {
    const { fault } = options;
    const turn = this.#turn;
    if (fault?.kind === "remove" && (fault.moment ?? "before") === "before") this.#wire.unplug();
    const answer = options.lies
      ? this.#refusal(command, SLOT_ERROR.length)
      : await this.#answer(command, fault);
    command.data.fill(0);
    if (!answer || turn !== this.#turn) return;
    this.#sender.send(answer, { to: command, fault });
  }

  async #answer(
    command: CcidCommand,
    fault: CcidFault | undefined,
  ): Promise<CcidAnswer | undefined> {
    const seat = this.#seats[command.slot];
    if (!seat) return this.#refusal(command, SLOT_ERROR.slot);
    if (command.type === COMMAND.abort) {
      seat.abortBulk = command;
      return this.#abort(seat);
    }
    if (seat.abortControl !== undefined) return this.#refusal(command, SLOT_ERROR.aborted);
    if (seat.running || fault?.kind === "busy") return this.#refusal(command, SLOT_ERROR.busy);
    if (fault?.kind === "fail") return this.#refusal(command, fault.error ?? SLOT_ERROR.mute);
    return await this.#run(seat, command, fault?.kind === "extend" ? fault.times ?? Infinity : 0);
  }

  /** Runs a command, and asks for more time as long as it takes: at once so many times, then now and then. */
  async #run(seat: Seat, command: CcidCommand, times: number): Promise<CcidAnswer | undefined> {
    const { extendEveryMs = 1000 } = this.#options;
    const extend = (): void => {
      const card = seat.slot.state;
      const answer = {
        type: answerType(command.type),
        card,
        error: 1,
        outcome: "extended",
      } as const;
      this.#sender.send(answer, { to: command });
    };
    let silence = (): void => {};
    const ring = (): void => {
      extend();
      silence = this.#time.alarm(extendEveryMs, ring);
    };
    const released = new Promise<undefined>((resolve) => {
      const release = (): void => {
        silence();
        if (seat.running?.command === command) seat.running = undefined;
        resolve(undefined);
      };
      seat.running = { command, release };
    });
    const { release } = seat.running!;
    silence = this.#time.alarm(extendEveryMs, ring);
    for (let left = Math.min(times, 1000); left > 0 && times !== Infinity; left--) extend();
    if (times === Infinity) return await released;
    try {
      return await Promise.race([seat.slot.run(command), released]);
    } finally {
      release();
    }
  }

  /** Both halves of an abort have to come, in any order; then the slot is free again. */
  #abort(seat: Seat): CcidAnswer | undefined {
    const { abortControl, abortBulk } = seat;
    if (abortBulk === undefined || abortControl !== abortBulk.sequence) return undefined;
    seat.running?.release();
    seat.abortControl = seat.abortBulk = undefined;
    const answer = { type: ANSWER.slotStatus, card: seat.slot.state };
    this.#sender.send(answer, { to: abortBulk });
    return undefined;
  }

  #refusal(command: CcidCommand, error: number): CcidAnswer {
    const card = this.#seats[command.slot]?.slot.state ?? CARD_STATE.absent;
    return { type: answerType(command.type), card, outcome: "failed", error };
  }

  #moved(seat: Seat, present: boolean): void {
    if (!present) seat.slot.powerOff();
    if (this.#powered) this.#notify([seat]);
  }

  #notify(changed: readonly Seat[]): void {
    if (this.#interrupt === undefined) return;
    const slots = this.#seats.map((seat) => ({
      present: seat.card?.present ?? false,
      changed: changed.includes(seat),
    }));
    this.#wire.send(this.#interrupt, encodeSlotChange(slots));
  }
}
