/**
 * Something that a reader does wrong with one message.
 *
 * - `wrong-sequence`, `wrong-slot`: the answer bears another sequence number or slot; with `again` the
 *   right one follows it.
 * - `wrong-type`: the answer is a message of type `type`, 0x81 unless given.
 * - `short`: only the first `bytes` bytes of the answer arrive, 5 unless given.
 * - `lying-length`: its header claims `length` bytes of data, 4294967295 unless given.
 * - `empty`: a transfer without bytes comes before the answer.
 * - `corrupt`: the last byte of its data is inverted. A card that speaks T=1 can be asked again.
 * - `mute`: the command is carried out, and nothing comes.
 * - `stall`: the command is not carried out, and the endpoint stalls until the host clears it.
 * - `busy`: the command is not carried out: the slot is busy.
 * - `fail`: the command is not carried out: it fails with `error`, 0xFE (mute card) unless given.
 * - `extend`: the reader asks for more time, `times` times before it answers, or for ever.
 * - `remove`: the reader is pulled out, `before` the command is carried out (unless given), `after` it,
 *   or when `half` of the answer has arrived.
 */
export type CcidFault =
  & {
    /** Number of the message from the host, counted from 1; left out, the next that matches. */
    readonly at?: number | undefined;
    /** Strikes messages of this type only, such as 0x6F. */
    readonly on?: number | undefined;
    /** How many messages it strikes; 1 unless given, and `Infinity` is allowed. */
    readonly strikes?: number | undefined;
  }
  & (
    | { readonly kind: "empty" | "corrupt" | "mute" | "stall" | "busy" }
    | { readonly kind: "wrong-sequence" | "wrong-slot"; readonly again?: boolean | undefined }
    | { readonly kind: "wrong-type"; readonly type?: number | undefined }
    | { readonly kind: "short"; readonly bytes?: number | undefined }
    | { readonly kind: "lying-length"; readonly length?: number | undefined }
    | { readonly kind: "fail"; readonly error?: number | undefined }
    | { readonly kind: "extend"; readonly times?: number | undefined }
    | { readonly kind: "remove"; readonly moment?: "before" | "after" | "half" | undefined }
  );

/** The faults of one CCID interface, and the count of its messages. */
export class CcidFaults {
  readonly #struck: CcidFault[] = [];
  #scheduled: { readonly fault: CcidFault; left: number }[] = [];
  #messages = 0;

  /** How many messages the host has sent. */
  get messages(): number {
    return this.#messages;
  }

  /** The faults that have struck, in order. */
  get struck(): readonly CcidFault[] {
    return this.#struck;
  }

  /** Adds a fault. Where several strike the same message, the first that was added does. */
  schedule(fault: CcidFault): void {
    this.#scheduled.push({ fault, left: fault.strikes ?? 1 });
  }

  /** Forgets all faults that have not struck. */
  clear(): void {
    this.#scheduled = [];
  }

  /** Counts a message; gives the fault that strikes it. Called by the reader. */
  next(type: number): CcidFault | undefined {
    const number = ++this.#messages;
    const found = this.#scheduled.find(({ fault: { at = number, on = type } }) =>
      at === number && on === type
    );
    if (!found) return undefined;
    if (--found.left <= 0) this.#scheduled = this.#scheduled.filter((other) => other !== found);
    this.#struck.push(found.fault);
    return found.fault;
  }
}
