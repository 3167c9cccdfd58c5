import { concatBytes } from "@otpsmith/core/bytes";
import { type BadBlock, type Block, type BlockCheck, decodeBlock, encodeBlock } from "./block.ts";

/** What carries blocks: sends one and gives what came back, or why nothing did. */
export type BlockCarrier = (
  block: Uint8Array,
  options: { readonly waitMultiplier: number },
) => Promise<Uint8Array | "silent" | "damaged">;

/** Options of {@linkcode T1}. */
export interface T1Options {
  /** Sends blocks. */
  readonly carry: BlockCarrier;
  /** How blocks end. */
  readonly check: BlockCheck;
  /** The longest information field that the card takes. */
  readonly ifsc: number;
}

/** A conversation that cannot go on. */
export class T1Error extends Error {
  override readonly name = "T1Error";
  /** Whether the last block of the command had been sent: only then can the card have carried it out. */
  readonly sent: boolean;

  /** Makes one with what has happened. */
  constructor(message: string, sent: boolean) {
    super(message);
    this.sent = sent;
  }
}

/** How often the same block is asked for again before the conversation is begun anew (section 11.6.3.2). */
const TRIES = 3;
/** How often a conversation is begun anew. */
const RESYNCS = 1;
/** A card that only ever asks for time, or goes on for ever, must not keep us: blocks in one exchange. */
const MOST_BLOCKS = 4096;

/**
 * The host's side of T=1 (ISO/IEC 7816-3, section 11): blocks, chaining both ways, errors and their repair,
 * waiting time extension, and change of sizes. A command is begun anew only as long as its last block has not
 * been sent, so that a card never carries it out twice.
 */
export class T1 {
  readonly #carry: BlockCarrier;
  readonly #check: BlockCheck;
  #ifsc: number;
  /** Number of the next I-block that we send, and of the next one that we expect. */
  #sending: 0 | 1 = 0;
  #expected: 0 | 1 = 0;
  #blocks = 0;

  /** Begins at block 0, as after a reset. */
  constructor({ carry, check, ifsc }: T1Options) {
    this.#carry = carry;
    this.#check = check;
    this.#ifsc = ifsc;
  }

  /** Tells the card how long blocks may be that it sends. */
  async announce(ifsd: number): Promise<void> {
    this.#blocks = 0;
    const request: Block = { kind: "S", what: "ifs", response: false, value: ifsd };
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await this.#exchange(request);
      if (isResponse(answer, "ifs") && answer.value === ifsd) return;
    }
    throw new T1Error("the card does not take the block size", false);
  }

  /** Sends a command and gives its answer. */
  async transceive(command: Uint8Array): Promise<Uint8Array> {
    this.#blocks = 0;
    for (let resyncs = 0; resyncs <= RESYNCS; resyncs++) {
      const transfer = new Transfer(command, this.#ifsc);
      try {
        if (await this.#run(transfer)) return concatBytes(transfer.parts);
      } finally {
        for (const part of transfer.parts) part.fill(0);
      }
      await this.#resync(transfer.complete);
      // The card may have carried it out: whoever asked has to find out, and not we by sending it again.
      if (transfer.complete) {
        throw new T1Error("the conversation with the card was disturbed", true);
      }
    }
    throw new T1Error("the conversation with the card was disturbed again and again", false);
  }

  /** Sends one command; `false` if so much has gone wrong that the conversation has to begin anew. */
  async #run(transfer: Transfer): Promise<boolean> {
    let next: Block = this.#part(transfer);
    let waitMultiplier = 1;
    for (let failures = 0; failures < TRIES;) {
      const answer = await this.#exchange(next, waitMultiplier);
      waitMultiplier = 1;
      if (typeof answer === "string") {
        failures++;
        next = this.#again(answer === "damaged" ? "check" : "other");
      } else if (answer.kind === "S") {
        const reply = this.#obey(answer, transfer);
        if (answer.what === "wtx") waitMultiplier = Math.max(answer.value ?? 1, 1);
        if (reply) next = reply;
        else failures++;
      } else if (answer.kind === "I" && transfer.complete && answer.sequence === this.#expected) {
        failures = 0;
        if (transfer.parts.length === 0) this.#sending = flip(this.#sending); // so the command has come
        transfer.parts.push(answer.data.slice());
        this.#expected = flip(this.#expected);
        if (!answer.more) return true;
        next = this.#again("none");
      } else if (answer.kind === "R" && transfer.parts.length === 0) {
        const acknowledged = answer.sequence !== this.#sending;
        if (acknowledged && !transfer.complete) {
          failures = 0;
          this.#sending = flip(this.#sending);
          transfer.advance(this.#ifsc);
          next = this.#part(transfer);
        } else {
          failures++;
          next = acknowledged ? this.#again("other") : this.#part(transfer);
        }
      } else {
        failures++;
        // An old answer once more, instead of one to what was sent: that has not come.
        const lost = answer.kind === "I" && transfer.parts.length === 0;
        next = lost ? this.#part(transfer) : this.#again(answer.kind === "R" ? "none" : "other");
      }
    }
    return false;
  }

  /** Answers a request of the card; `undefined` for what is no request that a card may make. */
  #obey(request: Block & { kind: "S" }, transfer: Transfer): Block | undefined {
    if (request.response || request.what === "resync") return undefined;
    if (request.what === "abort") throw new T1Error("the card has broken off", transfer.complete);
    if (request.what === "ifs") this.#ifsc = Math.min(Math.max(request.value ?? 0, 1), 254);
    return { ...request, response: true };
  }

  /** Asks for the block that is expected. */
  #again(error: "none" | "check" | "other"): Block {
    return { kind: "R", sequence: this.#expected, error };
  }

  #part({ part, complete }: Transfer): Block {
    return { kind: "I", sequence: this.#sending, more: !complete, data: part };
  }

  async #resync(sent: boolean): Promise<void> {
    const request: Block = { kind: "S", what: "resync", response: false };
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await this.#exchange(request);
      if (!isResponse(answer, "resync")) continue;
      this.#sending = 0;
      this.#expected = 0;
      return;
    }
    throw new T1Error("the card does not answer any more", sent);
  }

  async #exchange(block: Block, waitMultiplier = 1): Promise<Block | BadBlock | "silent"> {
    if (++this.#blocks > MOST_BLOCKS) {
      throw new T1Error("the conversation with the card does not end", true);
    }
    const bytes = encodeBlock(block, this.#check);
    try {
      const answer = await this.#carry(bytes, { waitMultiplier });
      return typeof answer === "string" ? answer : decodeBlock(answer, this.#check);
    } finally {
      bytes.fill(0);
    }
  }
}

/** A command on its way, and its answer. */
class Transfer {
  /** What has come back so far. */
  readonly parts: Uint8Array[] = [];
  readonly #command: Uint8Array;
  #at = 0;
  #length: number;

  constructor(command: Uint8Array, ifsc: number) {
    this.#command = command;
    this.#length = ifsc;
  }

  /** The part that is on its way. */
  get part(): Uint8Array {
    return this.#command.subarray(this.#at, this.#at + this.#length);
  }

  /** Whether that is the last one. */
  get complete(): boolean {
    return this.#at + this.#length >= this.#command.length;
  }

  /** Goes on to the next part. */
  advance(ifsc: number): void {
    this.#at += this.#length;
    this.#length = ifsc;
  }
}

function flip(sequence: 0 | 1): 0 | 1 {
  return sequence === 0 ? 1 : 0;
}

function isResponse(
  answer: Block | BadBlock | "silent",
  what: "resync" | "ifs",
): answer is Block & { kind: "S" } {
  return typeof answer !== "string" && answer.kind === "S" && answer.response &&
    answer.what === what;
}
