// The device of this example: a box with slots for cards, each a socket in a directory. It stands for the
// hardware that you have on your desk. Somebody who connects is greeted with one frame: 0 (no card), 1 and
// the card's answer to reset, or 2 (busy); then each command gets its answer.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What can lie in a slot: an `EchoCard`, or the card of a virtual token of `@otpsmith/simulator`. */
export interface Card {
  readonly atr: Uint8Array;
  power(event: "on" | "off"): void;
  process(command: Uint8Array): Promise<Uint8Array>;
}

/** A running box. */
export interface ToyBox {
  readonly directory: string;
  /** Puts a slot into the box, or takes it out. */
  plug(slot: string, present: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Switches a box on. */
export async function startToyBox(
  slots: Readonly<Record<string, Card | undefined>>,
): Promise<ToyBox> {
  const directory = await mkdtemp(join(tmpdir(), "toy-"));
  const stops = new Map<string, () => Promise<void>>();
  const plug = async (slot: string, present: boolean): Promise<void> => {
    await stops.get(slot)?.();
    stops.delete(slot);
    if (present) stops.set(slot, await serve(join(directory, `${slot}.sock`), slots[slot]));
  };
  for (const slot of Object.keys(slots)) await plug(slot, true);
  return {
    directory,
    plug,
    stop: async () => {
      for (const stop of stops.values()) await stop();
      await rm(directory, { recursive: true });
    },
  };
}

async function serve(path: string, card: Card | undefined): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  let holder: Socket | undefined;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    if (!card || holder) return void socket.end(frame(Uint8Array.of(card ? 2 : 0)));
    holder = socket;
    card.power("on");
    socket.write(frame(Uint8Array.of(1, ...card.atr)));
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      if (rest.length < 2 || rest.length < 2 + rest.readUInt16BE()) return;
      const command = Uint8Array.from(rest.subarray(2));
      rest = Buffer.alloc(0);
      card.process(command).then((answer) => socket.write(frame(answer)), () => undefined);
    });
    const letGo = (): void => {
      if (holder !== socket) return;
      holder = undefined;
      card.power("off");
    };
    socket.on("end", letGo);
    socket.on("close", letGo);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
}

function frame(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length), bytes]);
}
