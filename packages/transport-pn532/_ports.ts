import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Obstacle } from "@otpsmith/core/link";
import { Pn532Error, toLinkError } from "./pn532_error.ts";
import { DENIED, MISSING, type SerialPortInfo, type SerialSystem } from "./serial.ts";

/** Which ports are looked at. */
export interface PortChoice {
  readonly ports: readonly string[];
  readonly discover: boolean;
  readonly load: () => Promise<SerialSystem>;
}

/**
 * USB adapters that PN532 modules carry or are sold with, by vendor and product id (torvalds/linux,
 * drivers/usb/serial: ch341.c, cp210x.c, ftdi_sio_ids.h, pl2303.h).
 */
const ADAPTERS: ReadonlySet<string> = new Set([
  "1a86:7523", // CH340
  "1a86:55d4", // CH9102
  "10c4:ea60", // CP2102
  "0403:6001", // FT232R
  "0403:6015", // FT231X
  "067b:2303", // PL2303
]);

/** The chosen ports that are there now, those that were named first. Opens nothing. */
export async function findPorts(choice: PortChoice): Promise<readonly SerialPortInfo[]> {
  const found: SerialPortInfo[] = [];
  const listed = choice.discover || !choice.ports.every(isPath)
    ? await choice.load().then((serial) => serial.list()).catch(cannotList)
    : [];
  for (const path of choice.ports) {
    const there = isPath(path)
      ? await identify(path)
      : listed.some((port) => port.path.toLowerCase() === path.toLowerCase());
    if (there) found.push({ ...listed.find((port) => port.path === path), path });
  }
  if (choice.discover) {
    const adapters = listed.filter(({ vendorId, productId }) =>
      ADAPTERS.has(`${vendorId}:${productId}`.toLowerCase())
    );
    found.push(...adapters);
  }
  const paths = found.map(({ path }) => path);
  return found.filter(({ path }, i) => paths.indexOf(path) === i);
}

/** Says which device lies behind a path, in a way that changes when it is another; nothing if none. */
export async function identify(path: string): Promise<string | undefined> {
  const node = await stat(path).catch(() => undefined);
  return node?.isCharacterDevice() ? `${node.dev}:${node.ino}:${node.rdev}` : undefined;
}

/** Whether a port is a path of the file system, as everywhere but on Windows. */
export function isPath(port: string): boolean {
  return port.startsWith("/");
}

/** Why no port can be used, from what is there; `undefined` if one can. */
export async function findObstacle(choice: PortChoice): Promise<Obstacle | undefined> {
  if (choice.ports.length === 0 && !choice.discover) return obstacle("no-reader", NOT_NAMED);
  try {
    await choice.load();
    const found = await findPorts(choice);
    if (found.length === 0) return obstacle("no-reader", notThere(choice));
    const denied = await Promise.all(found.map(({ path }) => isDenied(path)));
    if (!denied.every(Boolean)) return undefined;
    return obstacle("denied", { message: `${DENIED.state} ${found[0]!.path}`, fix: DENIED.next });
  } catch (error) {
    const { message, next = "Try again." } = toLinkError(error, { action: ACTION, sending: false });
    const missing = error instanceof Pn532Error && error.meaning === MISSING;
    return { usable: false, code: missing ? "missing-library" : "failed", message, fix: next };
  }
}

const ACTION = "Cannot use PN532 modules";

const NOT_NAMED = {
  message: "no serial port was named",
  fix:
    "Name the port of the module, such as /dev/ttyUSB0: what hangs on other serial ports must not " +
    "be spoken to on a guess.",
};

function notThere({ ports, discover }: PortChoice): { message: string; fix: string } {
  const message = discover
    ? "no serial adapter is connected"
    : `there is no serial port ${ports.join(", ")}`;
  return { message, fix: "Plug the module in; `ls /dev/serial/by-id` shows the ports there are." };
}

function obstacle(
  code: Obstacle["code"],
  { message, fix }: { readonly message: string; readonly fix: string },
): Obstacle {
  return { usable: false, code, message: `${ACTION}: ${message}`, fix };
}

async function isDenied(path: string): Promise<boolean> {
  if (!isPath(path)) return false;
  return await access(path, constants.R_OK | constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "EACCES" || error.code === "EPERM",
  );
}

function cannotList(cause: unknown): never {
  if (cause instanceof Pn532Error) throw cause;
  throw new Pn532Error({
    reason: "absent",
    delivery: "not-sent",
    state: "the system does not tell which serial ports there are",
    next: "Name the port of the module, such as /dev/ttyUSB0.", // on Linux udevadm is asked
  }, { cause });
}
