import { isProjectError, type ProjectError } from "@otpsmith/core";

/** One piece of work at a time; what is asked for meanwhile waits. */
export class WorkQueue<Kind extends string> {
  readonly #tell: (kind: Kind | null) => void;
  readonly #fail: (error: ProjectError | undefined) => void;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /** `tell` hears what is being done; `fail` what went wrong, `undefined` for a defect of ours. */
  constructor(
    tell: (kind: Kind | null) => void,
    fail: (error: ProjectError | undefined) => void,
  ) {
    this.#tell = tell;
    this.#fail = fail;
  }

  /** Puts work at the end. */
  add(kind: Kind, work: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#closed) return;
      this.#tell(kind);
      await work();
    }).catch((error: unknown) => this.#fail(isProjectError(error) ? error : undefined))
      .then(() => this.#tell(null));
  }

  /** Begins nothing more, and waits for what is going on. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}
