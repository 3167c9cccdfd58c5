import type { Transport } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";

/** What `--binding` and its like say. */
export interface EmbeddedOptions {
  readonly binding?: "pcsclite" | "koffi" | undefined;
}

/** A transport that comes with the command. */
export interface Embedded {
  /** How it is written: `pn532:PORT`. */
  readonly spec: string;
  /** Loads its package; gives a function that makes a new transport at each call. */
  load(argument: string | undefined, options: EmbeddedOptions): Promise<() => Transport>;
}

/** The transports that come with the command, by name. */
export const EMBEDDED: Readonly<Record<string, Embedded>> = {
  pcsc: {
    spec: "pcsc",
    load: async (_, { binding }) => {
      const { pcsc } = await import("@otpsmith/transport-pcsc");
      return () => pcsc({ binding });
    },
  },
  pn532: {
    spec: "pn532:PORT",
    load: async (port) => {
      if (!port) {
        throw new CliError("Cannot use pn532: it is not said on which serial port the module is", {
          code: "usage/transport",
          exit: EXIT.usage,
          next: "Name the port, such as --transport pn532:/dev/ttyUSB0. " +
            "`ls /dev/serial/by-id` shows the ports there are.",
        });
      }
      const { pn532 } = await optional(import("@otpsmith/transport-pn532"), "pn532");
      return () => pn532({ ports: [port] });
    },
  },
  ccid: {
    spec: "ccid",
    load: async () => (await optional(import("@otpsmith/transport-usb"), "usb")).ccid,
  },
  hid: {
    spec: "hid",
    load: async () => (await optional(import("@otpsmith/transport-usb"), "usb")).hid,
  },
};

/** A package that npm passes over where its native part cannot be had. */
async function optional<T>(loading: Promise<T>, name: string): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    throw new CliError(`Cannot use ${name}: its package is not installed`, {
      code: "transport/missing-library",
      exit: EXIT.failed,
      next: `Run: npm install @otpsmith/transport-${name}`,
      cause,
    });
  }
}
