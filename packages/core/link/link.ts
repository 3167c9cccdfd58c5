/** Options of every call that may wait. */
export interface CallOptions {
  /**
   * Gives the call up. A call that is still queued is taken out and the link stays usable; a call that
   * is under way rejects at once and **poisons the link**: native calls cannot be cancelled, so the
   * handle is released when the native call returns, and the device is never reset.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long one exchange may take, in milliseconds, before the link is given up as `timeout`. For
   * `probe`, `list` and `open` it bounds the whole call, however many steps that has.
   */
  readonly timeoutMs?: number | undefined;
}

/** The kinds of link: what sort of message a device speaks. */
export interface LinkByKind {
  /** ISO 7816-4 commands and answers: smart cards, NFC tokens, CCID devices. */
  apdu: ApduLink;
  /** HID input and output reports. */
  report: ReportLink;
  /** HID feature reports. */
  feature: FeatureLink;
}

/** Name of a kind of link. */
export type LinkKind = keyof LinkByKind;

/**
 * Common life of an open link. Disposing twice is fine; disposing never throws. It waits until the
 * handle has been given back, but for a native call that is out no longer than that exchange may take.
 */
export interface Link extends AsyncDisposable {
  /** What sort of message the link carries. */
  readonly kind: LinkKind;
  /**
   * Fires once, with a LinkError as its reason, whoever ended the link: also when the device is pulled out
   * while nothing is under way, wherever the system tells of that.
   */
  readonly closed: AbortSignal;
}

/** What carries the bytes. */
export type LinkMedium = "contact" | "contactless" | "usb" | "simulated";

/** A link to something that takes ISO 7816-4 command APDUs. */
export interface ApduLink extends Link {
  /** Always `"apdu"`. */
  readonly kind: "apdu";
  /** What carries the bytes. */
  readonly medium: LinkMedium;
  /** The longest command and the longest answer in bytes, status word included. */
  readonly limits: { readonly command: number; readonly response: number };
  /**
   * Sends one command of at least 4 bytes; returns data and both status bytes, untouched. Calls made
   * while another is under way queue in order.
   *
   * @throws {LinkError} With `delivery` saying where the bytes were.
   */
  transceive(command: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
}

/** A link to something that takes HID output reports and sends input reports. */
export interface ReportLink extends Link {
  /** Always `"report"`. */
  readonly kind: "report";
  /** Report size in bytes, without the report id. */
  readonly reportBytes: number;
  /**
   * Sends one output report of 1 to `reportBytes` bytes; a shorter one is filled up with zeros. Calls made
   * while another report is being sent queue in order.
   *
   * @throws {LinkError} With `delivery` saying where the bytes were.
   */
  send(report: Uint8Array, options?: CallOptions): Promise<void>;
  /**
   * Waits for the next input report. Reports that come while nobody waits are kept, up to a bound that
   * the transport states. Does not wait for reports that are being sent.
   *
   * @throws {LinkError} `timeout` if none comes in time, which ends the link like every other time-out.
   */
  receive(options?: CallOptions): Promise<Uint8Array>;
  /**
   * The feature reports of the same interface, where the transport reaches them: some tokens take those
   * instead, and it is found out by asking. They are of the same size and end with the link; an interface
   * that has none refuses, which may end it.
   */
  readonly features?: Pick<FeatureLink, "set" | "get"> | undefined;
}

/** A link to something that is written and read through HID feature reports. */
export interface FeatureLink extends Link {
  /** Always `"feature"`. */
  readonly kind: "feature";
  /** Report size in bytes, without the report id. */
  readonly reportBytes: number;
  /**
   * Writes one feature report of 1 to `reportBytes` bytes; a shorter one is filled up with zeros. Calls
   * made while another is under way queue in order, reading and writing together.
   *
   * @throws {LinkError} With `delivery` saying where the bytes were.
   */
  set(report: Uint8Array, options?: CallOptions): Promise<void>;
  /**
   * Reads one feature report.
   *
   * @throws {LinkError} If it cannot be read.
   */
  get(options?: CallOptions): Promise<Uint8Array>;
}
