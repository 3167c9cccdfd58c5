import { constants } from "node:fs";
import { access } from "node:fs/promises";
import {
  createFeatureLink,
  createReportLink,
  type Endpoint,
  type FeatureLink,
  type OpenOptions,
  type ReportLink,
  type Transport,
} from "@otpsmith/core/link";
import type { TimeSource } from "@otpsmith/core/time";
import { deviceName } from "./_device_name.ts";
import { HidConnection } from "./_hid_connection.ts";
import { HID_DEVICES, type HidDeviceRule, ruleFor } from "./hid_devices.ts";
import type { HidDeviceInfo, HidPort, HidSystem } from "./hid_port.ts";
import { Labels } from "./_labels.ts";
import { hidError, loadNodeHid } from "./_node_hid.ts";
import type { Plugged } from "./_obstacle.ts";
import { type About, type Place as TokenPlace, PolledTransport } from "./_polled_transport.ts";
import { trouble } from "./usb_error.ts";

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

const ABOUT: About = {
  what: "HID tokens",
  plugIn: "Plug in the token.",
  detail: "over the npm package node-hid",
  openMs: 10_000,
};

/** An interface that is a token. */
interface Place extends TokenPlace {
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

class HidTransport extends PolledTransport<"feature" | "report", Place> {
  readonly name = "hid";
  readonly kinds = ["feature", "report"] as const;
  readonly about = ABOUT;
  readonly #load: () => Promise<HidSystem>;
  readonly #rules: readonly HidDeviceRule[];
  readonly #labels = new Labels();

  constructor({ devices = [], system = loadNodeHid, ...options }: HidOptions) {
    super(options);
    this.#load = system;
    this.#rules = [...devices, ...HID_DEVICES];
  }

  async places(): Promise<readonly Place[]> {
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

  /** Where its path is one of the file system, that tells whether this account may open it. */
  async look({ path }: Place): Promise<Plugged> {
    if (!path.startsWith("/dev/")) return {};
    const permitted = await access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "EACCES" ? false : undefined,
    );
    return { permitted };
  }

  describe(
    { device, rule }: Place,
  ): Pick<Endpoint<"feature" | "report">, "kind" | "facts"> {
    const { vendorId, productId, serialNumber, usagePage: page, usage } = device;
    return {
      kind: rule.kind,
      facts: {
        usb: { vendorId, productId },
        usbSerial: serialNumber || undefined,
        usage: { page: page ?? 0, id: usage ?? 0 },
      },
    };
  }

  async open(
    place: Place,
    { share }: Pick<OpenOptions, "share">,
  ): Promise<FeatureLink | ReportLink> {
    const { rule, path } = place;
    // A keyboard is in use by the system, whatever is asked for.
    const nonExclusive = share === "shared" || rule.kind === "feature";
    const system = await this.#load();
    try {
      const port = await system.open(path, { nonExclusive });
      const connection = await connect(port, place);
      if (rule.kind === "report") return createReportLink(connection, this.time);
      const link = createFeatureLink(connection, this.time);
      void this.#guard(system, connection, { path, closed: link.closed });
      return link;
    } catch (error) {
      throw hidError(error);
    }
  }

  /** Nothing tells that a device is gone which is only ever asked: its name goes out of the list. */
  async #guard(
    system: HidSystem,
    connection: HidConnection,
    { path, closed }: { readonly path: string; readonly closed: AbortSignal },
  ): Promise<void> {
    while (!closed.aborted) {
      await this.time.sleep(this.pollMs, closed).catch(() => undefined);
      if (closed.aborted) return;
      const devices = await system.list().catch(() => undefined);
      if (devices?.every((device) => device.path !== path)) {
        return connection.lose(trouble("unplugged"));
      }
    }
  }
}

/** Takes a port over, once it is certain that the device is still the one that was listed. */
async function connect(port: HidPort, { device, label, rule }: Place): Promise<HidConnection> {
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

const USES: Readonly<Record<number, string>> = { 0x01: "OTP", 0xf1d0: "FIDO" };

function nameOf({ serialNumber, usagePage, ...device }: HidDeviceInfo): string {
  const use = USES[usagePage ?? 0] ?? "HID";
  return `${deviceName(device, "HID")} ${use}${serialNumber ? ` (${serialNumber})` : ""}`;
}
