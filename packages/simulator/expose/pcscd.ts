import { copyFile, mkdir } from "node:fs/promises";
import { createConnection } from "node:net";
import { expose, type ExposeOptions, type Exposure } from "./exposure.ts";
import { buildIfdHandler, type IfdBuildOptions } from "./ifd_build.ts";

/** Options of {@linkcode exposeThroughPcscd}. */
export interface PcscdExposeOptions extends ExposeOptions {
  /** How long a card may think about one command before the reader gives it up; 5 seconds unless given. */
  readonly cardTimeoutMs?: number | undefined;
  /** How the reader driver is built. */
  readonly build?: IfdBuildOptions | undefined;
}

/**
 * Shows virtual cards in readers of a real, private pcscd through a driver of our own: every PC/SC
 * program sees them. Insertion and removal are seen at once, a card torn out in mid-command and one
 * that never answers are the errors that real readers give.
 *
 * @throws {LinkError} `absent` when pcscd, a compiler or the headers of pcsc-lite are missing (the next
 * step names the package), `denied` where the system allows no private daemon.
 *
 * @example A token in a named reader
 * ```ts no-eval
 * import { exposeThroughPcscd } from "@otpsmith/simulator/expose";
 * import { createVirtualToken } from "@otpsmith/simulator";
 *
 * const token = await createVirtualToken({ spec: "token2-single:C302-i" });
 * const exposure = await exposeThroughPcscd({
 *   readers: [{ name: "OMNIKEY 5427 CK", card: token.card }],
 * });
 * exposure.readers; // ["OMNIKEY 5427 CK 00 00"]
 * exposure.socket; // other programs: PCSCLITE_CSOCK_NAME
 * await exposure.stop();
 * ```
 */
export async function exposeThroughPcscd(options: PcscdExposeOptions): Promise<Exposure> {
  const { cardTimeoutMs = 5_000, build, signal } = options;
  const built = await buildIfdHandler({ signal, ...build });
  return await expose({
    slots: { most: 16, fixed: false },
    earlyByte: false,
    async prepare(directory, slots) {
      const library = `${directory}/ifd.so`; // a cache path may have characters that reader.conf refuses
      await copyFile(built, library);
      return await Promise.all(slots.map(async (count, i) => {
        const cards = `${directory}/r${i}`;
        await mkdir(cards, { recursive: true });
        return {
          library,
          device: `${cards}:${count}:${cardTimeoutMs}`,
          connect: (slot: number) => createConnection(`${cards}/${slot}`),
        };
      }));
    },
  }, options);
}
