import { type ApduLink, createApduLink, type Endpoint, type Transport } from "@otpsmith/core/link";
import type { TimeSource } from "@otpsmith/core/time";
import { type PoweredCard, Slot } from "./ccid/card.ts";
import { type CcidInterface, findCcidInterfaces } from "./ccid/descriptor.ts";
import { isStall } from "./ccid/reader.ts";
import { type OpenReader, OpenReaders } from "./ccid/readers.ts";
import { deviceName } from "./_device_name.ts";
import { Labels } from "./_labels.ts";
import { loadNodeUsb } from "./_node_usb.ts";
import type { Plugged } from "./_obstacle.ts";
import { type About, type Place as TokenPlace, PolledTransport } from "./_polled_transport.ts";
import { toLinkError, trouble } from "./usb_error.ts";
import type { UsbDevice, UsbSystem } from "./usb_port.ts";

/** Options of {@linkcode ccid}. */
export interface CcidOptions {
  /** How often {@linkcode Transport.watch} looks, and a link asks a reader without interrupt endpoint, in ms; 500 unless given. */
  readonly pollMs?: number | undefined;
  /** The clock for deadlines and for polling. */
  readonly time?: TimeSource | undefined;
  /** What reaches USB devices; the npm package `usb` unless given. */
  readonly system?: (() => Promise<UsbSystem>) | undefined;
}

/** How long a token may go on with a command that was given up: contactless cards ask for at most 5 s. */
const GRACE_MS = 5_000;
/** How long a reader may take to break a command off. */
const ABORT_MS = 1_000;

const ABOUT: About = {
  what: "CCID readers",
  plugIn: "Plug in the reader, or a token with a CCID interface.",
  detail: "without pcscd, over the npm package usb",
  openMs: 15_000,
};

/** One slot of one interface of one device. */
interface Place extends TokenPlace {
  readonly device: UsbDevice;
  readonly facts: CcidInterface;
  readonly slot: number;
}

/**
 * Smart-card readers and tokens with a CCID interface, without pcscd in between. Making it loads nothing and
 * cannot fail. For machines on which pcscd is absent: a reader that another program holds is `busy`.
 *
 * - An endpoint is a slot. Listing opens nothing; whether a card is there shows when it is opened.
 * - `open` takes the interface for this program alone, whatever is asked for, gives the card power from none,
 *   and agrees with it how to speak. The card is told nothing else.
 * - A link that closes takes the card's power.
 *
 * @example What is connected
 * ```ts
 * import { ccid } from "@otpsmith/transport-usb";
 *
 * const transport = ccid();
 * const state = await transport.probe();
 * const endpoints = state.usable ? await transport.list() : [];
 * for (const { label } of endpoints) console.log(label);
 * await transport[Symbol.asyncDispose]();
 * ```
 */
export function ccid(options: CcidOptions = {}): Transport {
  return new CcidTransport(options);
}

class CcidTransport extends PolledTransport<"apdu", Place> {
  readonly name = "ccid";
  readonly kinds = ["apdu"] as const;
  readonly about = ABOUT;
  readonly #load: () => Promise<UsbSystem>;
  readonly #readers: OpenReaders;
  /** Slots that are open or being opened, with the ATR once it is known. */
  readonly #open = new Map<string, Uint8Array | undefined>();
  readonly #labels = new Labels();

  constructor({ system = loadNodeUsb, ...options }: CcidOptions) {
    super(options);
    this.#load = system;
    this.#readers = new OpenReaders(this.time, this.pollMs);
  }

  async places(): Promise<readonly Place[]> {
    const devices = await (await this.#load()).list();
    const labels = this.#labels.tell(
      devices.map((device) => ({ id: device.id, name: nameOf(device), where: device.id })),
    );
    return devices.flatMap((device) => {
      const name = labels.get(device.id)!;
      const interfaces = findCcidInterfaces(device.configuration);
      const several = interfaces.length > 1 || interfaces.some(({ slots }) => slots > 1);
      return interfaces.flatMap((facts) =>
        Array.from({ length: facts.slots }, (_, slot) => ({
          id: `ccid:${device.id}:${facts.number}:${slot}`,
          label: name + (several ? ` interface ${facts.number} slot ${slot}` : ""),
          device,
          facts,
          slot,
        }))
      );
    });
  }

  look({ device }: Place): Promise<Plugged> {
    return Promise.resolve(device);
  }

  describe({ id, label, device }: Place): Pick<Endpoint<"apdu">, "kind" | "facts"> {
    const atr = this.#open.get(id);
    const { vendorId, productId } = device;
    return {
      kind: "apdu",
      facts: {
        reader: label,
        usb: { vendorId, productId },
        usbSerial: device.serial,
        ...atr && { atr, card: "present", inUse: true },
      },
    };
  }

  async open(place: Place, { given }: { given: AbortSignal }): Promise<ApduLink> {
    if (this.#open.has(place.id)) throw trouble("open");
    this.#open.set(place.id, undefined);
    try {
      return await this.#openPlace(place, given);
    } catch (error) {
      this.#open.delete(place.id);
      throw error;
    }
  }

  async #openPlace(place: Place, given: AbortSignal): Promise<ApduLink> {
    const { device, facts } = place;
    const opened = await this.#readers.take(device, facts);
    const slot = new Slot(opened.reader, place.slot);
    const { gate } = opened.reader;
    try {
      const card = await gate.run(() => slot.powerOn());
      if (!given.aborted) return this.#link(place, { slot, card, opened });
      await gate.run(() => slot.powerOff()).catch(() => undefined);
      throw trouble("aborted");
    } catch (error) {
      if (isStall(error)) await gate.run(() => slot.recover()).catch(() => undefined);
      await this.#readers.giveBack(device, facts);
      throw error;
    }
  }

  #link(
    place: Place,
    { slot, card, opened }: {
      readonly slot: Slot;
      readonly card: PoweredCard;
      readonly opened: OpenReader;
    },
  ): ApduLink {
    const { id, label, device, facts } = place;
    const { gate } = opened.reader;
    const action = `Cannot send to "${label}"`;
    const gone = new AbortController();
    let out = false;
    let cancelGrace = (): void => undefined;
    const link = createApduLink({
      label,
      medium: "usb",
      limits: card.exchange.limits,
      gone: gone.signal,
      exchange: async (command) => {
        out = true;
        try {
          return await gate.run(() => card.exchange.send(command));
        } catch (error) {
          if (isStall(error)) await gate.run(() => slot.recover()).catch(() => undefined);
          throw toLinkError(error, { action, sending: true });
        } finally {
          out = false;
          cancelGrace();
        }
      },
      release: async () => {
        unkeep();
        await gate.run(() => slot.powerOff()).catch(() => undefined);
        await this.#readers.giveBack(device, facts);
        this.#open.delete(id);
      },
    }, this.time);
    const unkeep = opened.watch.keep(place.slot, {
      gone: (reason) => out || gone.abort(toLinkError(reason, { action, sending: false })),
      look: async () => {
        if (out) return; // the exchange tells more
        const state = await gate.run(() => slot.state()).catch((error: unknown) => error);
        if (state === "active" || link.closed.aborted) return;
        const reason = typeof state === "string" ? trouble("removed") : state;
        gone.abort(toLinkError(reason, { action, sending: false }));
      },
    });
    this.#open.set(id, card.atr);
    link.closed.addEventListener("abort", () => {
      if (out) cancelGrace = this.#giveUp(slot);
    }, { once: true });
    return link;
  }

  /** A token in the middle of writing keeps its power until it has answered, but not for ever. */
  #giveUp(slot: Slot): () => void {
    let cancel = this.time.alarm(GRACE_MS, () => {
      void slot.abort().catch(() => undefined);
      cancel = this.time.alarm(ABORT_MS, () => slot.stop());
    });
    return () => cancel();
  }
}

function nameOf({ serial, ...device }: UsbDevice): string {
  return deviceName(device, "CCID") + (serial ? ` (${serial})` : "");
}
