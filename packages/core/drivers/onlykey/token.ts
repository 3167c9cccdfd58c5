import type { MessageCommandDefinition, ReportSession } from "../../command/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { TimeSource } from "../../time/mod.ts";
import type {
  Evidence,
  SeedFacet,
  SeedWriteOptions,
  SlotFacet,
  SlotState,
  Token,
  TokenIdentity,
  TokenTraits,
} from "../../token/mod.ts";
import { readLabels, setTime, writeCodeType, writeLabel, writeSeed } from "./commands.ts";
import { onlykeyFraming } from "./framing.ts";

/** From 10 on two versions of the maker's client number the slots differently: those are left alone. */
const SLOTS = 9;
const LABEL_BYTES = 16;
/** What fits into one report beside header, message, slot and field. */
const SEED_BYTES = 57;

/** What its slots can do. A code is typed, so that only a person can prove it. */
export const ONLYKEY_TRAITS: TokenTraits = {
  slots: { count: SLOTS, titleBytes: LABEL_BYTES, first: 1 },
  seed: { minBytes: 1, maxBytes: SEED_BYTES },
  algorithms: ["SHA1"],
  digits: [6],
  periods: [30],
  displayOffSeconds: [],
  clockWrite: "none", // it is set with each burn; it cannot be read
  settings: "with-seed",
  access: "none", // its PIN is typed on its own buttons
  proof: ["display"],
  hands: ["press"],
};

/** What a recognised token is made from. */
export interface RecognisedOnlyKey {
  /** The open session. */
  readonly session: ReportSession;
  /** What it said of its slots: their labels, by number. */
  readonly labels: ReadonlyMap<number, string>;
  /** Serial number string of the USB device. */
  readonly serial: string;
  /** The clock that is written to it. */
  readonly time: TimeSource;
  /** How well the driver is known to work. */
  readonly evidence: Evidence;
}

/** An OnlyKey: slots that type codes when a button is pressed. */
export class OnlyKeyToken implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits = ONLYKEY_TRAITS;
  readonly evidence: Evidence;
  readonly slots: SlotFacet;
  readonly seeds: SeedFacet;
  readonly #session: ReportSession;
  readonly #time: TimeSource;
  /** What it said last; unknown from the moment that a write is on its way. */
  #labels: ReadonlyMap<number, string> | undefined;

  /** Offers what the maker's client does. */
  constructor({ session, labels, serial, time, evidence }: RecognisedOnlyKey) {
    this.#session = session;
    this.#labels = labels;
    this.#time = time;
    this.evidence = evidence;
    this.identity = { driver: "onlykey", family: "OnlyKey", model: "OnlyKey", serial };
    this.slots = {
      read: async ({ slot }, options) => {
        const states = statesOf(this.#labels ?? await this.#look(options));
        return states.find((one) => one.slot === slot) ?? { slot, occupied: false };
      },
      list: async (options) => statesOf(await this.#look(options)),
    };
    this.seeds = { repeatable: true, write: (seed, options) => this.#write(seed, options) };
  }

  #send<Arguments, Result>(
    command: MessageCommandDefinition<Arguments, Result>,
    args: Arguments,
    { signal, timeoutMs }: CallOptions = {},
  ): Promise<Result> {
    return this.#session.send(command, args, { signal, timeoutMs, framing: onlykeyFraming });
  }

  async #look(options?: CallOptions): Promise<ReadonlyMap<number, string>> {
    return this.#labels = await this.#send(readLabels, undefined, options);
  }

  async #write(
    seed: Secret,
    { slot = 0, title = "", ...options }: SeedWriteOptions = {},
  ): Promise<void> {
    const label = new TextEncoder().encode(title);
    if (slot < 1 || slot > SLOTS || seed.length > SEED_BYTES || label.length > LABEL_BYTES) {
      throw new RangeError("Cannot write slot: its number, its label or the seed does not fit");
    }
    this.#labels = undefined;
    await this.#send(setTime, Math.round(this.#time.now() / 1000), options);
    if (label.length > 0) await this.#send(writeLabel, { slot, label }, options);
    await this.#send(writeCodeType, slot, options);
    await this.#send(writeSeed, { slot, seed }, options);
  }
}

/** A label is all that it tells of a slot: one without counts as free. */
function statesOf(labels: ReadonlyMap<number, string>): readonly SlotState[] {
  return Array.from({ length: SLOTS }, (_, index): SlotState => {
    const slot = index + 1;
    const title = labels.get(slot) ?? "";
    return title === "" ? { slot, occupied: false } : { slot, title, occupied: true };
  });
}
