import { randomInt } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { LinkError } from "@otpsmith/core/errors";
import { missing } from "./_sandbox.ts";
import { expose, type ExposeOptions, type Exposure } from "./exposure.ts";

/** Options of {@linkcode exposeThroughVpcd}. */
export interface VpcdExposeOptions extends ExposeOptions {
  /** Path of vpcd's driver; where Debian and Fedora put it unless given. */
  readonly library?: string | undefined;
}

const LIBRARIES = [
  "/usr/lib/pcsc/drivers/serial/libifdvpcd.so", // Debian and its children
  "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so", // Fedora
] as const;

/** Every vpcd reader has two slots, whether they are used or not. */
const SLOTS = 2;
// Below the range that Linux gives to outgoing connections (32768 and up).
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const TRIES = 50;

/**
 * Shows virtual cards in readers of a real, private pcscd through vpcd, the driver of vsmartcard that
 * distributions package: no compiler is needed. Every reader brings a second, empty slot, so at most 8
 * readers of different names fit. Answers have at most 255 bytes. A card torn out in mid-command is
 * reported as success without data, and one that never answers hangs its program: vpcd is like that.
 *
 * vpcd listens on **all network interfaces**, and who connects first is the card; the simulator takes
 * its ports within milliseconds, but run it only where that is acceptable.
 *
 * @throws {LinkError} `absent` when pcscd or vpcd is missing (the next step names the package), `denied`
 * where the system allows no private daemon.
 */
export async function exposeThroughVpcd(options: VpcdExposeOptions): Promise<Exposure> {
  const libraries = options.library ? [options.library] : LIBRARIES;
  return await expose({
    slots: { most: SLOTS, fixed: true },
    earlyByte: true,
    async prepare(directory, slots) {
      await mkdir(`${directory}/lib`, { recursive: true });
      const ports = await freePorts(slots.length);
      return await Promise.all(ports.map(async (port, i) => {
        // A copy for each entry: two entries with one library share their sockets and hang.
        const library = `${directory}/lib/vpcd${i}.so`;
        await copyFirst(libraries, library);
        return {
          library,
          device: `/dev/null:${port}`,
          connect: (slot: number) => connect({ host: "127.0.0.1", port: port + slot }),
        };
      }));
    },
  }, options);
}

async function copyFirst(sources: readonly string[], target: string): Promise<void> {
  for (const source of sources) {
    try {
      return await copyFile(source, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw missing("vpcd", "vsmartcard-vpcd");
}

/** Finds pairs of neighbouring ports that nobody listens on. */
async function freePorts(pairs: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let tries = 0; ports.length < pairs; tries++) {
      if (tries > TRIES + pairs) {
        throw new LinkError("busy", "Cannot start vpcd: no free ports found", {
          delivery: "not-sent",
          next: `It needs pairs of free TCP ports from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}.`,
        });
      }
      // Held until all are found, so that no two pairs overlap.
      const port = FIRST_PORT + SLOTS * randomInt(PORTS / SLOTS);
      const both = await Promise.all([listen(port), listen(port + 1)]);
      held.push(...both.filter((server) => server !== undefined));
      if (both.every((server) => server !== undefined)) ports.push(port);
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "0.0.0.0", port }, () => resolve(server));
  });
}
