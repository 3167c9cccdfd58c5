import { randomBytes } from "node:crypto";
import type { EventEmitter } from "node:events";
import { join } from "node:path";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { captureError } from "./_errors.ts";

const SERVICE = "org.freedesktop.portal.Desktop";
const PATH = "/org/freedesktop/portal/desktop";
const BUS = "org.freedesktop.DBus";
/** How long a person gets to answer the desktop's question. */
const CONSENT_MS = 120_000;

const SAVE_ONE =
  "Take a screenshot with the desktop's own key, and scan the file or the clipboard.";

/** What is needed to ask. */
export interface PortalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly time?: TimeSource | undefined;
}

/** Where the session bus listens: the variable, or the place that systemd gives it. */
export function busAddress(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env["XDG_RUNTIME_DIR"];
  return env["DBUS_SESSION_BUS_ADDRESS"] || (folder && `unix:path=${join(folder, "bus")}`) ||
    undefined;
}

/**
 * Asks the desktop for a picture of the screen (XDG Desktop Portal, org.freedesktop.portal.Screenshot and
 * org.freedesktop.portal.Request). The desktop may ask the person, and answers with a signal.
 *
 * @returns The address of the file that it wrote.
 * @throws {FormatError} `format/screen` if there is no portal, `format/screen-denied` if the person says no.
 */
export async function requestScreenshot(options: PortalOptions): Promise<string> {
  const { signal, time = systemTime } = options;
  const { bus, dbus } = await connectBus(options);
  const done = new AbortController();
  const token = `otpsmith_${randomBytes(8).toString("hex")}`;
  const sender = bus.name!.slice(1).replaceAll(".", "_");
  // Where the answer will come from, as the specification says; older portals name another place.
  const places = new Set([`${PATH}/request/${sender}/${token}`]);
  try {
    const answer = new Promise<readonly unknown[]>((resolve) => {
      bus.on("message", (message) => {
        if (message.member === "Response" && places.has(message.path)) resolve(message.body);
      });
    });
    const ask = (member: string, signature: string, body: unknown[], path = PATH) =>
      bus.call(
        new dbus.Message({
          destination: path === PATH && member === "AddMatch" ? BUS : SERVICE,
          path: member === "AddMatch" ? "/org/freedesktop/DBus" : path,
          interface: member === "AddMatch"
            ? BUS
            : `org.freedesktop.portal.${member === "Close" ? "Request" : "Screenshot"}`,
          member,
          signature,
          body,
        }),
      );
    await ask("AddMatch", "s", [
      `type='signal',interface='org.freedesktop.portal.Request',member='Response'`,
    ]);
    const reply = await Promise.race([
      ask("Screenshot", "sa{sv}", ["", {
        handle_token: new dbus.Variant("s", token),
        interactive: new dbus.Variant("b", false),
      }]).catch((cause: unknown) => {
        throw captureError("screen", {
          state: "the desktop offers no screenshot portal",
          next: `Install xdg-desktop-portal and its part for your desktop. ${SAVE_ONE}`,
          cause,
        });
      }),
      stopped(signal),
    ]);
    const place = reply?.body[0];
    if (typeof place === "string") places.add(place);
    const body = await Promise.race([
      answer,
      stopped(signal),
      time.sleep(CONSENT_MS, done.signal).then(() => {
        throw captureError("screen-denied", {
          state: "nobody has answered the desktop's question",
        });
      }),
    ]).catch((error: unknown) => {
      for (const path of places) ask("Close", "", [], path).catch(() => undefined);
      throw error;
    });
    return uriOf(body);
  } finally {
    done.abort();
    bus.disconnect();
  }
}

function uriOf([response, results]: readonly unknown[]): string {
  if (response === 1) {
    throw captureError("screen-denied", {
      state: "the desktop's question was answered with no",
      next: `Answer it with yes. ${SAVE_ONE}`,
    });
  }
  const { value } = (results as { uri?: { value?: unknown } } | undefined)?.uri ?? {};
  if (response === 0 && typeof value === "string") return value;
  throw captureError("screen", {
    state: "the desktop could not take a picture, or does not let programs do so",
    next: `Look at the privacy settings of the desktop. ${SAVE_ONE}`,
  });
}

function stopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal!.reason as Error);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

type Dbus = typeof import("@jellybrick/dbus-next");

async function connectBus(
  { env, signal }: PortalOptions,
): Promise<{ readonly bus: InstanceType<Dbus["MessageBus"]>; readonly dbus: Dbus }> {
  const address = busAddress(env);
  const noBus = (cause?: unknown) =>
    captureError("screen", {
      state: "there is no session bus, through which the desktop would be asked",
      next: `Run otpsmith in the session of the desktop. ${SAVE_ONE}`,
      cause,
    });
  if (!address) throw noBus();
  const dbus = await import("@jellybrick/dbus-next");
  const bus = dbus.sessionBus({ busAddress: address });
  const events: EventEmitter = bus as never; // its types leave out "error", which it emits
  try {
    await Promise.race([
      new Promise<void>((resolve, reject) => {
        events.once("connect", resolve);
        events.once("error", reject);
      }),
      stopped(signal),
    ]);
  } catch (cause) {
    signal?.throwIfAborted();
    throw noBus(cause);
  }
  events.on("error", () => undefined); // whoever waits hears of it
  return { bus, dbus };
}

/** Whether a portal is there that takes screenshots; asks no person. */
export async function hasPortal(options: PortalOptions): Promise<boolean> {
  const connected = await connectBus(options).catch(() => undefined);
  if (!connected) return false;
  const { bus, dbus } = connected;
  try {
    const reply = await bus.call(
      new dbus.Message({
        destination: SERVICE,
        path: PATH,
        interface: "org.freedesktop.DBus.Properties",
        member: "Get",
        signature: "ss",
        body: ["org.freedesktop.portal.Screenshot", "version"],
      }),
    );
    return reply !== null;
  } catch {
    return false;
  } finally {
    bus.disconnect();
  }
}
