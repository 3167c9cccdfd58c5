import type { Rectangle } from "./image.ts";
import { type Display, words } from "./display.ts";
import { X11Error } from "./wire.ts";

/** A monitor, and where it lies on the root. */
export interface Monitor extends Rectangle {
  readonly name: string;
}

/**
 * The monitors as RandR 1.5 tells them (randrproto, "RRGetMonitors"), which also knows those that
 * somebody made of a part of a screen. A server without it is one monitor.
 */
export async function listMonitors(display: Display): Promise<readonly Monitor[]> {
  const whole: Monitor = {
    name: "screen",
    x: 0,
    y: 0,
    width: display.width,
    height: display.height,
  };
  const randr = await display.extension("RANDR");
  if (randr === undefined) return [whole];
  try {
    const version = await display.wire.ask(randr, 0, words(1, 5));
    const [major, minor] = [version.getUint32(8, true), version.getUint32(12, true)];
    if (major < 1 || (major === 1 && minor < 5)) return [whole];
    // A screen that was resized since the connection was made tells its size now.
    const now = await display.geometry(display.root);
    const reply = await display.wire.ask(randr, 42, words(display.root, 1));
    const found: (Rectangle & { readonly atom: number })[] = [];
    for (let i = 0, at = 32; i < reply.getUint32(12, true); i++) {
      found.push({
        atom: reply.getUint32(at, true),
        x: reply.getInt16(at + 8, true),
        y: reply.getInt16(at + 10, true),
        width: reply.getUint16(at + 12, true),
        height: reply.getUint16(at + 14, true),
      });
      at += 24 + 4 * reply.getUint16(at + 6, true);
    }
    const monitors = await Promise.all(
      found.map(async ({ atom, ...place }) => ({ ...place, name: await display.atomName(atom) })),
    );
    const seen = monitors.filter(({ width, height }) => width > 0 && height > 0);
    return seen.length > 0 ? seen : [{ ...whole, width: now.width, height: now.height }];
  } catch (error) {
    if (error instanceof X11Error) return [whole];
    throw error;
  }
}
