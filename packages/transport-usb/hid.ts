import { constants } from "node:fs";
import { access } from "node:fs/promises";
import {
  type CallOptions,
  createFeatureLink,
  createReportLink,
  type Endpoint,
  type FeatureLink,
  type Obstacle,
  type OpenOptions,
  type ReportLink,
  type Transport,
  type Usable,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { HidConnection } from "./_hid_connection.ts";
import { HID_DEVICES, type HidDeviceRule, ruleFor } from "./hid_devices.ts";
import type { HidDeviceInfo, HidSystem } from "./hid_port.ts";
import { Labels } from "./_labels.ts";
import { hidError, loadNodeHid } from "./_node_hid.ts";
import { obstacleOf, obstacleOfError } from "./_obstacle.ts";
import { toLinkError, trouble } from "./usb_error.ts";
import { watchByPolling } from "./_watch.ts";

/** Options of {@linkcode hid}. */
export interface HidOptions {
  /** Further tokens, asked before the ones that are known. */
  readonly devices?: readonly HidDeviceRule[] | undefined;
  /** How often {@linkcode Transport.watch}, and an open link, look whether it is still there, in ms; 500 unless given. */
  readonly pollMs?: number | undefined;
  /** The clock for deadlines and for polling. */
  readonly time?: TimeSource | undefined;
  /** What reaches HID interfaces; the npm package `node-hid` unless given. */
  readonly system?: (() => Promise<HidSystem>) | undefined;
}

/** How long opening may take unless the call says otherwise. */
const OPEN_MS = 10_000;

const WANTED = { what: "HID tokens", plugIn: "Plug in the token." };

/** An interface that is a token. */
interface Place {
  readonly id: string;
  readonly label: string;
  readonly path: string;
  readonly device: HidDeviceInfo;
  readonly rule: HidDeviceRule;
}

/**
 * Tokens that speak HID: YubiKey OTP slots and Nitrokey Pro by feature reports, CTAPHID and OnlyKey by input
 * and output reports. Making it loads nothing and cannot fail.
 *
 * - An endpoint is a HID interface that {@linkcode HID_DEVICES} knows, or `devices`. Listing opens nothing.
 * - Reports have neither id nor padding for the caller: both are seen to here.
 * - A report link keeps the newest 256 input reports that nobody has waited for yet.
 *
 * @example What is plugged in
 * ```ts
 * import { hid } from "@otpsmith/transport-usb";
 *
 * const transport = hid();
 * const state = await transport.probe();
 * const endpoints = state.usable ? await transport.list() : [];
 * for (const { label, kind } of endpoints) console.log(label, kind);
 * await transport[Symbol.asyncDispose]();
 * ```
 */
export function hid(options: HidOptions = {}): Transport {
  return new HidTransport(options);
}

class HidTransport implements Transport {
  readonly name = "hid";
  readonly kinds = ["feature", "report"] as const;
  readonly #load: () => Promise<HidSystem>;
  readonly #rules: readonly HidDeviceRule[];
  readonly #pollMs: number;
  readonly #time: TimeSource;
  readonly #closing = new AbortController();
  readonly #links = new Set<FeatureLink | ReportLink>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #labels = new Labels();

  constructor({ devices = [], pollMs = 500, time = systemTime, system = loadNodeHid }: HidOptions) {
    this.#load = system;
    this.#rules = [...devices, ...HID_DEVICES];
    this.#pollMs = pollMs;
    this.#time = time;
  }

  async probe(): Promise<Usable | Obstacle> {
    try {
      const plugged = await Promise.all((await this.#places()).map(isPermitted));
      return obstacleOf(plugged, WANTED) ??
        { usable: true, detail: "over the npm package node-hid" };
    } catch (error) {
      return obstacleOfError(error, WANTED);
    }
  }

  async list({ signal }: CallOptions = {}): Promise<readonly Endpoint<"feature" | "report">[]> {
    try {
      if (this.#closing.signal.aborted) throw trouble("closed");
      if (signal?.aborted) throw trouble("aborted", { cause: signal.reason });
      return (await this.#places()).map((place) => this.#endpoint(place));
    } catch (error) {
      throw toLinkError(error, { action: "Cannot list HID tokens", sending: false });
    }
  }

  watch({ signal }: CallOptions = {}): AsyncIterable<readonly Endpoint<"feature" | "report">[]> {
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
    const system = await this.#load();
    const devices = await system.list().catch((error: unknown) => {
      throw hidError(error);
    });
    const places = new Map<string, Place>();
    for (const device of devices) {
      const rule = ruleFor(device, this.#rules);
      const { path } = device;
      // An interface with several collections is listed several times; the first known one counts.
      if (!rule || !path || places.has(path)) continue;
      places.set(path, { id: `hid:${path}`, label: nameOf(device), path, device, rule });
    }
    const labels = this.#labels.tell(
      [...places.values()].map(({ id, label, path }) => ({ id, name: label, where: path })),
    );
    return [...places.values()]
      .map((place) => ({ ...place, label: labels.get(place.id)! }))
      .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
  }

  #endpoint(place: Place): Endpoint<"feature" | "report"> {
    const { id, label, device, rule } = place;
    const { vendorId, productId, serialNumber, usagePage: page, usage } = device;
    return {
      id,
      kind: rule.kind,
      transport: this.name,
      label,
      facts: {
        usb: { vendorId, productId },
        usbSerial: serialNumber || undefined,
        usage: { page: page ?? 0, id: usage ?? 0 },
      },
      open: (options) => this.#connect(place, options),
    };
  }

  #connect(
    place: Place,
    { signal, timeoutMs, share }: OpenOptions = {},
  ): Promise<FeatureLink | ReportLink> {
    const closing = this.#closing.signal;
    const failed = (error: unknown) =>
      toLinkError(hidError(error), { action: `Cannot open "${place.label}"`, sending: false });
    if (closing.aborted) return Promise.reject(failed(trouble("closed")));
    if (signal?.aborted) {
      return Promise.reject(failed(trouble("aborted", { cause: signal.reason })));
    }
    // Nobody waits any longer than asked for; what was opened for nobody is closed again.
    return new Promise((resolve, reject) => {
      let given = false;
      const giveUp = (error: unknown): void => {
        given = true;
        reject(failed(error));
      };
      const onAbort = (): void =>
        giveUp(closing.aborted ? trouble("closed") : trouble("aborted", { cause: signal!.reason }));
      const watched = AbortSignal.any([closing, ...signal ? [signal] : []]);
      watched.addEventListener("abort", onAbort, { once: true });
      const cancel = this.#time.alarm(timeoutMs ?? OPEN_MS, () => giveUp(trouble("late")));
      // A keyboard is in use by the system, whatever is asked for.
      const nonExclusive = share === "shared" || place.rule.kind === "feature";
      const opening = this.#openPort(place, nonExclusive).then(async (connection) => {
        if (given) await connection.release();
        else resolve(this.#link(place, connection));
      }).catch((error: unknown) => reject(failed(error))).finally(() => {
        cancel();
        watched.removeEventListener("abort", onAbort);
        this.#pending.delete(opening);
      });
      this.#pending.add(opening);
    });
  }

  async #openPort(
    { path, device, label, rule }: Place,
    nonExclusive: boolean,
  ): Promise<HidConnection> {
    const system = await this.#load();
    const port = await system.open(path, { nonExclusive });
    try {
      const now = await port.getDeviceInfo();
      const same = now.vendorId === device.vendorId && now.productId === device.productId &&
        (now.serialNumber ?? "") === (device.serialNumber ?? "");
      if (!same) throw trouble("other");
    } catch (error) {
      await port.close().catch(() => undefined);
      throw error;
    }
    const { kind, reportBytes, reportId = 0 } = rule;
    const listens = kind === "report";
    return await HidConnection.over(port, { label, reportBytes, reportId, listens });
  }

  #link({ rule, path }: Place, connection: HidConnection): FeatureLink | ReportLink {
    const link = rule.kind === "report"
      ? createReportLink(connection, this.#time)
      : createFeatureLink(connection, this.#time);
    this.#links.add(link);
    link.closed.addEventListener("abort", () => this.#end(link), { once: true });
    if (rule.kind === "feature") void this.#guard(connection, { path, closed: link.closed });
    return link;
  }

  /** Forgets a link that has been closed, when everything has been given back. */
  #end(link: FeatureLink | ReportLink): void {
    const ending = Promise.resolve(link[Symbol.asyncDispose]()).finally(() => {
      this.#links.delete(link);
      this.#pending.delete(ending);
    });
    this.#pending.add(ending);
  }

  /** Nothing tells that a device is gone which is only ever asked: its name goes out of the list. */
  async #guard(
    connection: HidConnection,
    { path, closed }: { readonly path: string; readonly closed: AbortSignal },
  ): Promise<void> {
    while (!closed.aborted) {
      await this.#time.sleep(this.#pollMs, closed).catch(() => undefined);
      if (closed.aborted) return;
      const devices = await (await this.#load()).list().catch(() => undefined);
      if (devices?.every((device) => device.path !== path)) {
        return connection.lose(trouble("unplugged"));
      }
    }
  }
}

/** Whether this account may open an interface, where its path is one of the file system. */
async function isPermitted({ path }: Place): Promise<{ permitted: boolean | undefined }> {
  if (!path.startsWith("/dev/")) return { permitted: undefined };
  const permitted = await access(path, constants.R_OK | constants.W_OK)
    .then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "EACCES" ? false : undefined,
    );
  return { permitted };
}

const USES: Readonly<Record<number, string>> = { 0x01: "OTP", 0xf1d0: "FIDO" };

function nameOf({ manufacturer, product, serialNumber, usagePage, ...ids }: HidDeviceInfo): string {
  const hex = (id: number): string => id.toString(16).padStart(4, "0");
  const words = [manufacturer, product].filter((word) => word?.trim());
  const redundant = manufacturer && product?.startsWith(manufacturer);
  const name = (redundant ? product : words.join(" ")) ||
    `HID ${hex(ids.vendorId)}:${hex(ids.productId)}`;
  const use = USES[usagePage ?? 0] ?? "HID";
  return `${name} ${use}${serialNumber ? ` (${serialNumber})` : ""}`;
}
