import type { CallOptions, LinkByKind, LinkKind } from "./link.ts";

/**
 * What is known of an endpoint without having sent it a single byte. Where a transport learns more when it
 * opens, the endpoints that it lists meanwhile may say so, and a watch then gives a new snapshot.
 */
export interface EndpointFacts {
  /** Name of the reader as the system gives it. */
  readonly reader?: string | undefined;
  /** Answer to reset (ATR) of the card that lies there; absent where there is no card. */
  readonly atr?: Uint8Array | undefined;
  /** Whether a card is there. Left out where the transport cannot tell without opening. */
  readonly card?: "present" | "absent" | "mute" | undefined;
  /** Whether another program holds it at the moment, where that can be seen. */
  readonly inUse?: boolean | undefined;
  /** USB vendor and product id. */
  readonly usb?: { readonly vendorId: number; readonly productId: number } | undefined;
  /** Serial number string of the USB device. */
  readonly usbSerial?: string | undefined;
  /** HID usage page and usage. */
  readonly usage?: { readonly page: number; readonly id: number } | undefined;
}

/** Options of {@linkcode Endpoint.open}. */
export interface OpenOptions extends CallOptions {
  /**
   * Whether others may talk to the same card meanwhile. `exclusive` unless said otherwise; a transport that
   * cannot share takes `shared` for `exclusive`.
   */
  readonly share?: "exclusive" | "shared" | undefined;
}

/** Something plugged in. Facts only: nothing has been sent to it yet. */
export interface Endpoint<K extends LinkKind = LinkKind> {
  /** Unique in this process and stable while it stays plugged in; never just vendor and product id. */
  readonly id: string;
  /** Which kind of link {@linkcode Endpoint.open} gives. */
  readonly kind: K;
  /** Name of the transport it came from. */
  readonly transport: string;
  /** What a person reads on the screen. */
  readonly label: string;
  /** What is known without opening it. */
  readonly facts: EndpointFacts;
  /**
   * Opens the link. Sends no command to the token: what a reader does to power or to find a card is none.
   * A card that is just being laid down may be looked for, a second or so; nobody is waited for.
   *
   * @throws {LinkError} `absent` without a card, without the device or without what it takes to reach it,
   * `busy` when another program holds it, `denied`; always with delivery `not-sent`, and with a `next` for
   * the person unless the caller gave up.
   */
  open(options?: OpenOptions): Promise<LinkByKind[K]>;
}
