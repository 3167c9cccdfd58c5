import { concatBytes } from "@otpsmith/core/bytes";
import { systemTime, type TimeSource } from "@otpsmith/core/time";

/**
 * The commands that an echo card knows, as instruction bytes; the class byte is `00`. Everything else
 * is answered with 6D00. Data may follow in the short form (Lc of one byte) or in the extended one (00 and
 * two bytes).
 */
export const ECHO = {
  /** Answers the command's data and 9000. */
  echo: 0xe0,
  /** Waits as many milliseconds as P1 P2 say, then answers like `echo`. */
  echoAfter: 0xe2,
  /** Answers, in 4 bytes, how many commands have arrived since it was made, this one included. */
  count: 0xe4,
  /** Answers, in 4 bytes, how many times it has come to the end of an `echoAfter`: a reset prevents that. */
  finished: 0xee,
  /** Answers P1 times 256 plus P2 bytes (0 to 256) that count up from zero, and 9000. */
  fill: 0xe6,
  /** Remembers the command's data until the power goes. */
  remember: 0xe8,
  /** Answers what it remembers. */
  recall: 0xea,
  /** Answers the number of data bytes and their sum modulo 65536, 2 bytes each. */
  measure: 0xec,
} as const;

/**
 * A card for trying transports: it gives back what it gets. Fits wherever a virtual card of
 * `@otpsmith/simulator` fits, and is simple enough to be written for a real card in an hour.
 *
 * @example Ask it something
 * ```ts
 * import { ECHO, EchoCard } from "@otpsmith/conformance";
 *
 * const card = new EchoCard();
 * const answer = await card.process(Uint8Array.of(0, ECHO.echo, 0, 0, 2, 0xca, 0xfe));
 * if (answer.join() !== "202,254,144,0") throw new Error(answer.join());
 * ```
 */
export class EchoCard {
  /** Answer to reset: a card that speaks T=1 and says "echo" in its historical bytes. */
  readonly atr: Uint8Array = withChecksum([0x3b, 0x84, 0x80, 0x01, 0x65, 0x63, 0x68, 0x6f]);
  readonly #time: TimeSource;
  readonly #listeners = new Set<(present: boolean) => void>();
  #present = true;
  #commands = 0;
  #finished = 0;
  #memory: Uint8Array = new Uint8Array();
  #power = new AbortController();

  /** Makes a card that lies on its reader. The clock is for `echoAfter`. */
  constructor(time: TimeSource = systemTime) {
    this.#time = time;
  }

  /** Whether it lies on the reader. */
  get present(): boolean {
    return this.#present;
  }

  /** Puts it on the reader or takes it off; what it is busy with is then never answered. */
  set present(present: boolean) {
    if (present === this.#present) return;
    this.#present = present;
    if (!present) this.power("off");
    for (const listener of this.#listeners) listener(present);
  }

  /**
   * The power goes on, off, or off and on: what it remembered is gone, and a command that it was still
   * busy with is never answered: its {@linkcode EchoCard.process} rejects.
   */
  power(_event: "on" | "off" | "reset"): void {
    this.#memory = new Uint8Array();
    this.#power.abort(new Error("Cannot answer: the power has gone"));
    this.#power = new AbortController();
  }

  /** Answers one command. */
  async process(command: Uint8Array): Promise<Uint8Array> {
    const { answer, afterMs } = this.carryOut(command);
    if (afterMs === 0) return answer;
    await this.#time.sleep(afterMs, this.#power.signal);
    this.finish();
    return answer;
  }

  /** Counts an `echoAfter` that has come to its end: see {@linkcode EchoCard.carryOut}. */
  finish(): void {
    this.#finished++;
  }

  /**
   * Carries one command out at once, for whoever keeps its own time: what {@linkcode EchoCard.process}
   * answers, and after how many milliseconds; {@linkcode EchoCard.finish} is then to be called.
   */
  carryOut(command: Uint8Array): { readonly answer: Uint8Array; readonly afterMs: number } {
    this.#commands++;
    const [cla, ins, p1 = 0, p2 = 0] = command;
    const data = dataOf(command);
    const refuse = (sw1: number) => ({ answer: Uint8Array.of(sw1, 0x00), afterMs: 0 });
    if (command.length < 4 || cla !== 0) return refuse(0x6e);
    if (ins === ECHO.remember) this.#memory = data;
    const answers: Readonly<Record<number, () => Uint8Array>> = {
      [ECHO.echo]: () => data,
      [ECHO.echoAfter]: () => data,
      [ECHO.count]: () => inFourBytes(this.#commands),
      [ECHO.finished]: () => inFourBytes(this.#finished),
      [ECHO.fill]: () => Uint8Array.from({ length: p1 * 256 + p2 }, (_, index) => index),
      [ECHO.remember]: () => new Uint8Array(),
      [ECHO.recall]: () => this.#memory,
      [ECHO.measure]: () => measurement(data),
    };
    const answer = answers[ins!]?.();
    if (!answer) return refuse(0x6d);
    const afterMs = ins === ECHO.echoAfter ? p1 * 256 + p2 : 0;
    return { answer: concatBytes([answer, Uint8Array.of(0x90, 0x00)]), afterMs };
  }

  /** Calls back after each change of {@linkcode EchoCard.present}. Returns a function that stops it. */
  onPresence(listener: (present: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function inFourBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A copy of a command's data. */
function dataOf(command: Uint8Array): Uint8Array {
  const [lc = 0, high = 0, low = 0] = command.subarray(4);
  const extended = lc === 0 && command.length > 7;
  return extended ? command.slice(7, 7 + high * 256 + low) : command.slice(5, 5 + lc);
}

/** What {@linkcode ECHO.measure} answers for that data, without the status word. */
export function measurement(data: Uint8Array): Uint8Array {
  const sum = data.reduce((total, byte) => total + byte, 0) & 0xffff;
  return Uint8Array.of(data.length >> 8, data.length & 0xff, sum >> 8, sum & 0xff);
}

/** Appends the checksum that ends an ATR with T=1: all bytes but the first, exclusive-or. */
function withChecksum(bytes: readonly number[]): Uint8Array {
  return Uint8Array.of(...bytes, bytes.slice(1).reduce((sum, byte) => sum ^ byte, 0));
}
