import { LinkError } from "@otpsmith/core/errors";
import {
  type ApduLink,
  type CallOptions,
  createApduLink,
  type Endpoint,
  type Obstacle,
  type OpenOptions,
  type Transport,
  type Usable,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { type PoweredCard, Slot } from "./ccid/card.ts";
import { type CcidInterface, findCcidInterfaces } from "./ccid/descriptor.ts";
import { isStall } from "./ccid/reader.ts";
import { type OpenReader, OpenReaders } from "./ccid/readers.ts";
import { loadNodeUsb } from "./_node_usb.ts";
import { Labels } from "./_labels.ts";
import { obstacleOf, obstacleOfError } from "./_obstacle.ts";
import { toLinkError, trouble } from "./usb_error.ts";
import type { UsbDevice, UsbSystem } from "./usb_port.ts";
import { watchByPolling } from "./_watch.ts";

/** Options of {@linkcode ccid}. */
export interface CcidOptions {
  /** How often {@linkcode Transport.watch} looks, and a link asks a reader without interrupt endpoint, in ms; 500 unless given. */
  readonly pollMs?: number | undefined;
  /** The clock for deadlines and for polling. */
  readonly time?: TimeSource | undefined;
  /** What reaches USB devices; the npm package `usb` unless given. */
  readonly system?: (() => Promise<UsbSystem>) | undefined;
}

/** How long opening may take unless the call says otherwise. */
const OPEN_MS = 15_000;
/** How long a token may go on with a command that was given up: contactless cards ask for at most 5 s. */
const GRACE_MS = 5_000;
/** How long a reader may take to break a command off. */
const ABORT_MS = 1_000;

const WANTED = {
  what: "CCID readers",
  plugIn: "Plug in the reader, or a token with a CCID interface.",
};

/** One slot of one interface of one device. */
interface Place {
  readonly id: string;
  readonly label: string;
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

class CcidTransport implements Transport {
  readonly name = "ccid";
  readonly kinds = ["apdu"] as const;
  readonly #load: () => Promise<UsbSystem>;
  readonly #pollMs: number;
  readonly #time: TimeSource;
  readonly #readers: OpenReaders;
  readonly #closing = new AbortController();
  /** Slots that are open or being opened, with the ATR once it is known. */
  readonly #open = new Map<string, Uint8Array | undefined>();
  /** What has to be over before everything is closed. */
  readonly #pending = new Set<Promise<unknown>>();
  readonly #links = new Set<ApduLink>();
  readonly #labels = new Labels();

  constructor({ pollMs = 500, time = systemTime, system = loadNodeUsb }: CcidOptions) {
    this.#load = system;
    this.#pollMs = pollMs;
    this.#time = time;
    this.#readers = new OpenReaders(time, pollMs);
  }

  async probe(): Promise<Usable | Obstacle> {
    try {
      const places = await this.#places();
      return obstacleOf(places.map(({ device }) => device), WANTED) ??
        { usable: true, detail: "without pcscd, over the npm package usb" };
    } catch (error) {
      return obstacleOfError(error, WANTED);
    }
  }

  async list({ signal }: CallOptions = {}): Promise<readonly Endpoint<"apdu">[]> {
    try {
      if (this.#closing.signal.aborted) throw trouble("closed");
      if (signal?.aborted) throw trouble("aborted", { cause: signal.reason });
      return (await this.#places()).map((place) => this.#endpoint(place));
    } catch (error) {
      throw toLinkError(error, { action: "Cannot list CCID readers", sending: false });
    }
  }

  watch({ signal }: CallOptions = {}): AsyncIterable<readonly Endpoint<"apdu">[]> {
    const until = AbortSignal.any([this.#closing.signal, ...signal ? [signal] : []]);
    const [time, pollMs] = [this.#time, this.#pollMs];
    return watchByPolling({ list: () => this.list(), time, pollMs, until });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#links].map((link) => link[Symbol.asyncDispose]()));
    await Promise.all(this.#pending);
  }

  async #places(): Promise<readonly Place[]> {
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

  #endpoint(place: Place): Endpoint<"apdu"> {
    const { id, label, device } = place;
    const atr = this.#open.get(id);
    const { vendorId, productId } = device;
    return {
      id,
      kind: "apdu",
      transport: this.name,
      label,
      facts: {
        reader: label,
        usb: { vendorId, productId },
        usbSerial: device.serial,
        ...atr && { atr, card: "present", inUse: true },
      },
      open: (options) => this.#connect(place, options),
    };
  }

  async #connect(place: Place, { signal, timeoutMs }: OpenOptions = {}): Promise<ApduLink> {
    const action = `Cannot open "${place.label}"`;
    const failed = (error: unknown): LinkError => toLinkError(error, { action, sending: false });
    const closing = this.#closing.signal;
    if (closing.aborted) throw failed(trouble("closed"));
    if (signal?.aborted) throw failed(trouble("aborted", { cause: signal.reason }));
    if (this.#open.has(place.id)) throw failed(trouble("open"));
    this.#open.set(place.id, undefined);
    const given = new AbortController();
    // Nobody waits any longer than asked for; what is under way is put back as soon as it can be.
    return await new Promise<ApduLink>((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        given.abort();
        reject(failed(error));
      };
      const onAbort = (): void =>
        giveUp(closing.aborted ? trouble("closed") : trouble("aborted", { cause: signal!.reason }));
      const watched = AbortSignal.any([closing, ...signal ? [signal] : []]);
      watched.addEventListener("abort", onAbort, { once: true });
      const cancel = this.#time.alarm(timeoutMs ?? OPEN_MS, () => giveUp(trouble("late")));
      const opening = this.#openPlace(place, given.signal).then(resolve, (error: unknown) => {
        this.#open.delete(place.id);
        reject(failed(error));
      }).finally(() => {
        cancel();
        watched.removeEventListener("abort", onAbort);
        this.#pending.delete(opening);
      });
      this.#pending.add(opening);
    });
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
    }, this.#time);
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
    this.#links.add(link);
    link.closed.addEventListener("abort", () => {
      this.#end(link);
      if (out) cancelGrace = this.#giveUp(slot);
    }, { once: true });
    return link;
  }

  /** Forgets a link that has been closed, when everything has been given back. */
  #end(link: ApduLink): void {
    const ending = Promise.resolve(link[Symbol.asyncDispose]()).finally(() => {
      this.#links.delete(link);
      this.#pending.delete(ending);
    });
    this.#pending.add(ending);
  }

  /** A token in the middle of writing keeps its power until it has answered, but not for ever. */
  #giveUp(slot: Slot): () => void {
    let cancel = this.#time.alarm(GRACE_MS, () => {
      void slot.abort().catch(() => undefined);
      cancel = this.#time.alarm(ABORT_MS, () => slot.stop());
    });
    return () => cancel();
  }
}

function nameOf({ manufacturer, product, serial, vendorId, productId }: UsbDevice): string {
  const hex = (id: number): string => id.toString(16).padStart(4, "0");
  const words = [manufacturer, product].filter((word) => word?.trim());
  const redundant = manufacturer && product?.startsWith(manufacturer);
  const name = redundant ? product : words.join(" ");
  return `${name || `CCID ${hex(vendorId)}:${hex(productId)}`}${serial ? ` (${serial})` : ""}`;
}
