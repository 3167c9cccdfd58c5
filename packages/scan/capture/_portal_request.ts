import { randomBytes } from "node:crypto";
import type { EventEmitter } from "node:events";
import { join } from "node:path";
import type { FormatError } from "@otpsmith/core/errors";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { captureError } from "./_errors.ts";

const SERVICE = "org.freedesktop.portal.Desktop";
const PATH = "/org/freedesktop/portal/desktop";
const REQUEST = "org.freedesktop.portal.Request";
const STORE = "org.freedesktop.impl.portal.PermissionStore";
const STORE_PATH = "/org/freedesktop/impl/portal/PermissionStore";
const BUS = "org.freedesktop.DBus";
/** How long a person gets to answer the desktop's question. */
const CONSENT_MS = 120_000;

const SAVE_ONE =
  "Take a screenshot with the desktop's own key, and scan the file or the clipboard.";
const FORGET = `gdbus call --session --dest ${STORE} --object-path ${STORE_PATH} ` +
  `--method ${STORE}.Delete screenshot screenshot`;

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
 * @throws {FormatError} `format/screen` if there is no portal, `format/screen-denied` if the person says no, or has.
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
    const call = (fields: Partial<Fields>) =>
      bus.call(new dbus.Message({ destination: SERVICE, path: PATH, ...fields }));
    await call({
      destination: BUS,
      path: "/org/freedesktop/DBus",
      interface: BUS,
      member: "AddMatch",
      signature: "s",
      body: [`type='signal',interface='${REQUEST}',member='Response'`],
    });
    const reply = await Promise.race([
      call({
        interface: "org.freedesktop.portal.Screenshot",
        member: "Screenshot",
        signature: "sa{sv}",
        body: ["", {
          handle_token: new dbus.Variant("s", token),
          interactive: new dbus.Variant("b", false),
        }],
      }).catch((cause: unknown) => {
        throw captureError("screen", {
          state: "the desktop offers no screenshot portal",
          next:
            `Install xdg-desktop-portal and its part for your desktop (see 'otpsmith doctor'). ${SAVE_ONE}`,
          cause,
        });
      }),
      stopped(signal),
    ]);
    const place = reply?.body[0];
    if (typeof place === "string") places.add(place);
    const [response, results] = await Promise.race([
      answer,
      stopped(signal),
      time.sleep(CONSENT_MS, done.signal).then(() => {
        throw captureError("screen-denied", {
          state: "nobody has answered the desktop's question",
        });
      }),
    ]).catch((error: unknown) => {
      for (const path of places) {
        call({ path, interface: REQUEST, member: "Close" }).catch(() => undefined);
      }
      throw error;
    });
    const { value } = (results as { uri?: { value?: unknown } } | undefined)?.uri ?? {};
    if (response === 0 && typeof value === "string") return value;
    throw refusal(response, await remembersNo(call));
  } finally {
    done.abort();
    bus.disconnect();
  }
}

function refusal(response: unknown, isRemembered: boolean): FormatError {
  if (isRemembered) {
    return captureError("screen-denied", {
      state: "the desktop's question was answered with no, and it remembers that",
      next: `To be asked again, run: ${FORGET}`,
    });
  }
  if (response === 1) {
    return captureError("screen-denied", {
      state: "the desktop has refused",
      next:
        "If it has asked, answer with yes. If it has not (KDE), see that your folder for pictures " +
        `exists. ${SAVE_ONE}`,
    });
  }
  return captureError("screen", {
    state: "the desktop could not take a picture, or does not let programs do so",
    next: `Look at the privacy settings of the desktop. ${SAVE_ONE}`,
  });
}

/**
 * Whether a no is remembered. xdg-desktop-portal answers a first no with 2 (other), as it does all failures, and
 * then does not ask again (seen with GNOME 43).
 */
async function remembersNo(
  call: (fields: Partial<Fields>) => Promise<{ readonly body: unknown[] } | null>,
): Promise<boolean> {
  const found = await call({
    destination: STORE,
    path: STORE_PATH,
    interface: STORE,
    member: "Lookup",
    signature: "ss",
    body: ["screenshot", "screenshot"],
  }).catch(() => undefined); // it has no entry, or there is no store
  return Object.values(found?.body[0] as Record<string, string[]> | undefined ?? {})
    .some((values) => values.includes("no"));
}

function stopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal!.reason as Error);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

type Dbus = typeof import("@jellybrick/dbus-next");
type Fields = ConstructorParameters<Dbus["Message"]>[0];

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
