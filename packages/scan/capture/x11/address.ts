/** Where an X server listens, as `DISPLAY` says it. */
export interface DisplayName {
  /** Empty for a server of this computer, reached through a socket in the file system. */
  readonly host: string;
  /** Number of the display: 0 in `:0.1`. */
  readonly display: number;
  /** Number of the screen: 1 in `:0.1`. */
  readonly screen: number;
}

/** Reads `[HOST]:DISPLAY[.SCREEN]` (X(7), "Display names"); `undefined` if it is none. */
export function parseDisplayName(text: string): DisplayName | undefined {
  const [, host = "", display, screen = "0"] =
    text.match(/^(?:(?:unix|tcp)\/)?([^/]*):(\d{1,5})(?:\.(\d{1,3}))?$/) ?? [];
  if (display === undefined) return undefined;
  const bare = host === "unix" ? "" : host.replace(/^\[(.*)\]$/, "$1");
  return { host: bare, display: Number(display), screen: Number(screen) };
}

/** A socket to connect to. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** Where to try, in order: on Linux a server may have a socket without a file. */
export function addressesOf({ host, display }: DisplayName): readonly Address[] {
  if (host !== "") return [{ host, port: 6000 + display }];
  const path = `/tmp/.X11-unix/X${display}`;
  return process.platform === "linux" ? [{ path }, { path: `\0${path}` }] : [{ path }];
}

/** What proves to a server that this user may use it. */
export interface Cookie {
  readonly name: string;
  readonly data: Uint8Array;
}

const FAMILY_LOCAL = 256;
const FAMILY_WILD = 65535;
const COOKIE = "MIT-MAGIC-COOKIE-1";

/**
 * The cookie for a display in the bytes of an `.Xauthority` file: entries of family, address, display
 * number, name and data, each with its length before it, big-endian (libXau, AuRead.c). One that was
 * written for this host is preferred; a file that ends early gives what was read until then.
 */
export function findCookie(
  file: Uint8Array,
  { display, hostname }: { readonly display: number; readonly hostname: string },
): Cookie | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let other: Cookie | undefined;
  for (let at = 0; at + 2 <= file.length;) {
    const family = view.getUint16(at);
    at += 2;
    const parts: Uint8Array[] = [];
    while (parts.length < 4 && at + 2 <= file.length) {
      const length = view.getUint16(at);
      if (at + 2 + length > file.length) return other;
      parts.push(file.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    const [address, number, name, data] = parts;
    if (!address || !number || !name || !data) return other;
    const text = new TextDecoder();
    if (text.decode(name) !== COOKIE || !["", String(display)].includes(text.decode(number))) {
      continue;
    }
    const cookie = { name: COOKIE, data: Uint8Array.from(data) };
    const isOfHost = family === FAMILY_WILD ||
      (family === FAMILY_LOCAL && text.decode(address) === hostname);
    if (isOfHost) return cookie;
    other ??= cookie;
  }
  return other;
}
