import type { CallOptions, LinkKind } from "./link.ts";
import type { Endpoint } from "./endpoint.ts";

/** The transport can be used. */
export interface Usable {
  /** Always `true`. */
  readonly usable: true;
  /** Worth telling in a diagnosis: versions, which binding is in use. */
  readonly detail?: string | undefined;
}

/** Why a transport cannot be used on this machine now, and what to do about it. */
export interface Obstacle {
  /** Always `false`. */
  readonly usable: false;
  /** What stands in the way. */
  readonly code: "service-down" | "denied" | "missing-library" | "no-reader" | "failed";
  /** One plain sentence for a person. */
  readonly message: string;
  /** What the person can do about it: a command to run, a rule to add. */
  readonly fix: string;
}

/**
 * A way to reach tokens. Importing one never throws: native code is loaded inside
 * `probe`, `list`, `watch` and `open`.
 */
export interface Transport extends AsyncDisposable {
  /** Short name, such as `pcsc`. */
  readonly name: string;
  /** Which kinds of link its endpoints give. */
  readonly kinds: readonly LinkKind[];
  /** Whether it can be used here and now. Never throws for an expected obstacle. */
  probe(options?: CallOptions): Promise<Usable | Obstacle>;
  /**
   * What is plugged in now, in a stable order. Never opens anything.
   *
   * @throws {LinkError} If the transport cannot be used; {@linkcode Transport.probe} tells why.
   */
  list(options?: CallOptions): Promise<readonly Endpoint[]>;
  /**
   * Whole snapshots: the first at once, then one after each change. A slow consumer misses
   * intermediate snapshots and always gets the newest. A service that goes down gives an empty
   * snapshot, and the watch goes on when it comes back. Ends when the signal fires.
   */
  watch(options?: CallOptions): AsyncIterable<readonly Endpoint[]>;
}
