import { concatBytes } from "@otpsmith/core/bytes";
import type { TimeSource } from "@otpsmith/core/time";
import { ACK, encodeFrame, FROM_CHIP, FROM_HOST, NACK } from "./frame.ts";
import type { Line } from "./_line.ts";
import { Pn532Error, statusError, TROUBLE } from "./pn532_error.ts";

/** Codes of commands (NXP UM0701-02, section 7); the code of an answer is one more. */
const CODE = {
  getFirmwareVersion: 0x02,
  setParameters: 0x12,
  samConfiguration: 0x14,
  rfConfiguration: 0x32,
  inDataExchange: 0x40,
  inListPassiveTarget: 0x4a,
  inRelease: 0x52,
} as const;

/** The most of an APDU that one InDataExchange carries (section 7.3.8). */
const LONGEST_PART = 262;
/** In target number and status: more follows (section 7.3.8). */
const MORE = 0x40;
/** First byte of the firmware version: which chip it is. */
const PN532 = 0x32;

/** The chip acknowledges a frame within 15 ms (section 6.2.2); USB and a busy computer add to that. */
const ACK_MS = 400;
/** The longest that the chip may think about a command that does not go to a token. */
const ANSWER_MS = 2_000;
/** After something garbled, how long to wait for what was really said before asking for it again. */
const AGAIN_MS = 200;
/** How often the same is said, or asked for, in all. */
const TRIES = 3;
/** Between two looks for a token. */
const LOOK_MS = 40;
/** How long saying goodbye may take. */
const RELEASE_MS = 500;

interface CommandOptions {
  /** How long the answer may take; left out, as long as it takes. */
  readonly answerMs?: number | undefined;
  /** Whether it may be sent again when nothing tells whether it has arrived. */
  readonly repeatable?: boolean | undefined;
}

/** A token that the chip has found and activated. */
export interface Target {
  /** What the chip calls it. */
  readonly number: number;
  /** Its answer to select. */
  readonly ats: Uint8Array;
}

/** Commands of a PN532, one at a time. Every failure is a {@linkcode Pn532Error}. */
export class Chip {
  readonly #line: Line;
  readonly #time: TimeSource;
  #identified = false;

  /** Makes one; nothing is sent. */
  constructor(line: Line, time: TimeSource) {
    this.#line = line;
    this.#time = time;
  }

  /** Wakes the chip up and makes sure that it is one. */
  async wake(): Promise<void> {
    try {
      // Any byte wakes the chip; zeros give it the time that it needs (section 7.2.11). A chip that was
      // left at work by another program is stopped by an ACK (section 6.2.1.3). After power-on the chip
      // takes nothing but SAMConfiguration (NXP AN10609, "Low battery mode"): 01, no SAM.
      await this.#line.send(Uint8Array.of(0x55, 0x55, ...new Uint8Array(14)));
      await this.#line.send(ACK.slice());
      await this.#command(CODE.samConfiguration, [0x01, 0x14, 0x01]);
      const [chip] = await this.#command(CODE.getFirmwareVersion);
      if (chip !== PN532) throw new Error(`the chip says that it is a ${chip}`);
      this.#identified = true;
    } catch (cause) {
      if (this.#line.ended.aborted) throw this.#line.ended.reason;
      throw new Pn532Error(TROUBLE.otherChip, { cause });
    }
  }

  /** Puts the settings as they have to be, whatever another program has left. */
  async configure(): Promise<void> {
    // Automatic RATS, so that tokens are activated for ISO 14443-4 (section 7.2.9).
    await this.#command(CODE.setParameters, [0x14]);
    // One try each and an answer, instead of looking for a token for ever (section 7.3.1, item 5).
    await this.#command(CODE.rfConfiguration, [0x05, 0xff, 0x01, 0x01]);
    await this.#command(CODE.rfConfiguration, [0x01, 0x01]); // field on
  }

  /** Looks for a token until there is one or the time is over. Nothing is sent to the token itself. */
  async findTarget(searchMs: number): Promise<Target> {
    const deadline = this.#line.deadline(searchMs);
    try {
      for (;;) {
        const answer = await this.#command(CODE.inListPassiveTarget, [0x01, 0x00]);
        if (answer[0]! > 0) return readTarget(answer);
        if (deadline.over) throw new Pn532Error(TROUBLE.noToken);
        await this.#time.sleep(LOOK_MS, this.#line.ended);
      }
    } finally {
      deadline.cancel();
    }
  }

  /** Sends one APDU in as many parts as it needs, and puts the parts of the answer together. */
  async exchange(
    apdu: Uint8Array,
    { target, longest }: { readonly target: Target; readonly longest: number },
  ): Promise<Uint8Array> {
    const { number } = target;
    let begun = false;
    const say = async (to: number, part: Uint8Array): Promise<Uint8Array> => {
      try {
        return await this.#exchangePart(to, part);
      } catch (error) {
        throw begun ? doubtful(error) : error;
      } finally {
        begun = true;
      }
    };
    let answer: Uint8Array;
    for (let at = 0;;) {
      const part = apdu.subarray(at, at += LONGEST_PART);
      const more = at < apdu.length;
      answer = await say(more ? number | MORE : number, part);
      if (!more) break;
    }
    const parts = [answer.subarray(1)];
    for (let length = answer.length - 1; answer[0]! & MORE; length += answer.length - 1) {
      if (answer.length < 2 || length > longest) throw new Pn532Error(TROUBLE.tooLong);
      answer = await say(number, new Uint8Array());
      parts.push(answer.subarray(1));
    }
    return concatBytes(parts);
  }

  /** Lets go of the token and takes its power, so that nothing it was told outlives the link. */
  async release(): Promise<void> {
    if (!this.#identified || this.#line.ended.aborted) return;
    const options = { answerMs: RELEASE_MS };
    try {
      await this.#command(CODE.inRelease, [0x00], options);
      await this.#command(CODE.rfConfiguration, [0x01, 0x00], options);
    } catch {
      // Whatever failed, the port is closed next.
    }
  }

  /**
   * Stops what the chip is doing, takes the token's power, so that nothing it was told outlives the link,
   * and ends the line: no answer is waited for any more.
   */
  async giveUp(): Promise<void> {
    try {
      await this.#line.send(ACK.slice());
      await this.#line.send(commandFrame(CODE.rfConfiguration, [0x01, 0x00])); // field off
    } catch {
      // Whatever failed, the port is closed next.
    }
    this.#line.end(new Pn532Error(TROUBLE.silent));
  }

  async #exchangePart(target: number, part: Uint8Array): Promise<Uint8Array> {
    const answer = await this.#ask(
      () => encodeFrame(Uint8Array.of(FROM_HOST, CODE.inDataExchange, target), part),
      { code: CODE.inDataExchange, repeatable: false },
    );
    const error = statusError(answer[0] ?? 0xff);
    if (error) throw error;
    return answer;
  }

  #command(
    code: number,
    data: readonly number[] = [],
    options: CommandOptions = { answerMs: ANSWER_MS },
  ): Promise<Uint8Array> {
    return this.#ask(() => commandFrame(code, data), { code, repeatable: true, ...options });
  }

  /** Sends a command, and again where that is safe, and gives the content of its answer. */
  async #ask(
    frame: () => Uint8Array,
    { code, answerMs, repeatable = false }: CommandOptions & { readonly code: number },
  ): Promise<Uint8Array> {
    for (let tries = 1;; tries++) {
      this.#line.discard();
      await this.#line.send(frame());
      const heard = await this.#acknowledged();
      if (heard === "ack") return await this.#answer(code + 1, answerMs);
      const mayRepeat = heard === "nack" || repeatable;
      if (!mayRepeat || tries === TRIES) {
        throw new Pn532Error(heard === "nack" ? TROUBLE.rejected : TROUBLE.silent);
      }
    }
  }

  /**
   * Waits for the ACK. Without it nothing counts as an answer: what comes before may belong to an
   * earlier command, and a command to a token is never sent twice on a guess.
   */
  async #acknowledged(): Promise<"ack" | "nack" | "silence"> {
    const deadline = this.#line.deadline(ACK_MS);
    try {
      for (;;) {
        const event = await this.#line.next(deadline);
        if (!event) return "silence";
        if (event.kind === "ack" || event.kind === "nack") return event.kind;
        if (event.kind === "refused") throw new Pn532Error(TROUBLE.refused);
      }
    } finally {
      deadline.cancel();
    }
  }

  async #answer(code: number, answerMs: number | undefined): Promise<Uint8Array> {
    for (let tries = 1;; tries++) {
      const heard = await this.#hear(code, answerMs);
      if (heard !== "garbled") return heard;
      if (tries === TRIES) throw new Pn532Error(TROUBLE.garbled);
      await this.#line.send(NACK.slice()); // section 6.2.1.4: say that again
    }
  }

  async #hear(code: number, answerMs: number | undefined): Promise<Uint8Array | "garbled"> {
    let garbled = false;
    let deadline = this.#line.deadline(answerMs);
    try {
      for (;;) {
        const event = await this.#line.next(deadline);
        if (!event && garbled) return "garbled";
        if (!event) throw new Pn532Error(TROUBLE.silent);
        if (event.kind === "refused") throw new Pn532Error(TROUBLE.refused);
        if (event.kind === "data" && event.data[0] === FROM_CHIP && event.data[1] === code) {
          const content = event.data.slice(2);
          event.data.fill(0);
          return content;
        }
        if (event.kind !== "garbled" || garbled) continue;
        garbled = true;
        deadline.cancel();
        deadline = this.#line.deadline(AGAIN_MS);
      }
    } finally {
      deadline.cancel();
    }
  }
}

function commandFrame(code: number, data: readonly number[]): Uint8Array {
  return encodeFrame(Uint8Array.of(FROM_HOST, code, ...data));
}

/** A failure in the middle of an exchange: the token has had some of it, whatever the chip says of the rest. */
function doubtful(error: unknown): unknown {
  if (!(error instanceof Pn532Error) || error.meaning.delivery !== "not-sent") return error;
  return new Pn532Error({ ...error.meaning, delivery: "unknown" }, { cause: error });
}

/**
 * The first target in an answer to InListPassiveTarget (section 7.3.5): how many; number, SENS_RES (2),
 * SEL_RES, length of the UID, UID, ATS.
 */
function readTarget(answer: Uint8Array): Target {
  const number = answer[1] ?? 0;
  const ats = answer.subarray(6 + (answer[5] ?? 0));
  const length = ats[0] ?? 0; // counts itself, so 0 is no ATS at all (ISO 14443-4, section 5.2.2)
  // SEL_RES bit 6: the card speaks ISO 14443-4 (ISO 14443-3, section 6.5.3.4).
  if (!(answer[4]! & 0x20) || length === 0 || length > ats.length) {
    throw new Pn532Error(TROUBLE.otherCard);
  }
  return { number, ats: ats.slice(0, length) };
}
