import { type Meaning, Pn532Error } from "./pn532_error.ts";

/** What is used of an open port of `serialport`'s bindings. */
export interface SerialPortHandle {
  /** Waits for at least one byte. Rejects when the port is closed or goes away. */
  read(buffer: Buffer, offset: number, length: number): Promise<{ readonly bytesRead: number }>;
  /** Hands all bytes to the system. */
  write(buffer: Buffer): Promise<void>;
  /** Closes the port. */
  close(): Promise<void>;
}

/** A port as `serialport` lists it. */
export interface SerialPortInfo {
  /** Where it is opened. */
  readonly path: string;
  /** USB vendor id, 4 hexadecimal digits. */
  readonly vendorId?: string | undefined;
  /** USB product id, likewise. */
  readonly productId?: string | undefined;
  /** Serial number of the USB adapter. */
  readonly serialNumber?: string | undefined;
}

/** What is used of `serialport`: its binding, which gives promises and keeps no buffers of its own. */
export interface SerialSystem {
  /** All ports of the system; opens nothing. */
  list(): Promise<readonly SerialPortInfo[]>;
  /** Opens one, with a lock that keeps others out. */
  open(options: {
    readonly path: string;
    readonly baudRate: number;
    readonly lock: boolean;
  }): Promise<SerialPortHandle>;
}

/** The speed of a PN532 after power-on on its HSU (NXP UM0701-02). */
const BAUD_RATE = 115_200;

/** `serialport` is not installed, or has no binary for this system. */
export const MISSING: Meaning = {
  reason: "absent",
  delivery: "not-sent",
  state: "the npm package serialport cannot be loaded",
  next: "Run: npm install serialport",
};

/** Loads `serialport`, now and not before. */
export async function loadSerial(): Promise<SerialSystem> {
  try {
    return (await import("serialport")).SerialPort.binding;
  } catch (cause) {
    throw new Pn532Error(MISSING, { cause });
  }
}

/** The right to use serial ports, and where it comes from. */
export const DENIED: Meaning = {
  reason: "denied",
  delivery: "not-sent",
  state: "the system does not let this account use the port",
  next:
    'Run: sudo usermod -aG dialout "$USER" (on Arch Linux the group is uucp), then log out and ' +
    "in again.",
};

const BUSY: Meaning = {
  reason: "busy",
  delivery: "not-sent",
  state: "another program holds the port",
  next:
    "Close the program that uses the port: a terminal program, a serial monitor, ModemManager, " +
    "or another window of this one.",
};

/** The binding tells what happened in words only. The first that fits is taken. */
const OPENING: readonly (readonly [RegExp, Meaning])[] = [
  [/lock port|busy|access denied/i, BUSY], // the last as Windows says it of a port in use
  [/permission denied|operation not permitted/i, DENIED],
];

const NO_PORT: Meaning = {
  reason: "absent",
  delivery: "not-sent",
  state: "there is no such port",
  next: "Plug the module in and try again.",
};

/** Opens a port for us alone, at the speed of a PN532. */
export async function openPort(serial: SerialSystem, path: string): Promise<SerialPortHandle> {
  try {
    return await serial.open({ path, baudRate: BAUD_RATE, lock: true });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : "";
    throw new Pn532Error(OPENING.find(([words]) => words.test(text))?.[1] ?? NO_PORT, { cause });
  }
}
