import { join } from "node:path";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { textAt, WaylandAbsent, type WaylandEvent, WaylandWire } from "./wire.ts";

/** A monitor of a Wayland session. */
export interface WaylandOutput {
  /** As `HDMI-A-1`; empty if the compositor does not tell. */
  readonly name: string;
  /** Place and size on the desktop, in logical pixels where the compositor tells them. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a compositor has. */
export interface WaylandSurvey {
  readonly outputs: readonly WaylandOutput[];
  /** Names of the interfaces that it offers. */
  readonly interfaces: ReadonlySet<string>;
}

const DISPLAY = 1;
const REGISTRY = 2;
const ANSWER_MS = 5000;

interface Output {
  x: number;
  y: number;
  width: number;
  height: number;
  name: string;
}

/**
 * Asks a compositor for its monitors and interfaces (wayland.xml: wl_registry, wl_output; xdg-output).
 *
 * @throws {WaylandAbsent} if there is none.
 */
export async function surveyWayland(
  env: NodeJS.ProcessEnv,
  options: { readonly time?: TimeSource | undefined } = {},
): Promise<WaylandSurvey> {
  const { time = systemTime } = options;
  const path = socketPath(env);
  const handlers = new Map<number, (event: WaylandEvent) => void>();
  const wire = await WaylandWire.open(path, (event) => handlers.get(event.object)?.(event));
  try {
    const globals: {
      readonly name: number;
      readonly interface: string;
      readonly version: number;
    }[] = [];
    handlers.set(REGISTRY, ({ opcode, body }) => {
      if (opcode !== 0) return;
      const { text, end } = textAt(body, 4);
      globals.push({
        name: body.readUInt32LE(0),
        interface: text,
        version: body.readUInt32LE(end),
      });
    });
    const settled = async (): Promise<void> => {
      const callback = wire.newId();
      wire.send(DISPLAY, 0, callback);
      const done = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => handlers.set(callback, () => resolve())),
        wire.ended.then(() => {
          throw new WaylandAbsent("the Wayland compositor has ended the conversation");
        }),
        time.sleep(ANSWER_MS, done.signal).then(() => {
          throw new WaylandAbsent("the Wayland compositor does not answer");
        }),
      ]).finally(() => done.abort());
    };
    wire.newId(); // the registry is 2
    wire.send(DISPLAY, 1, REGISTRY);
    await settled();

    const bind = (global: (typeof globals)[number], version: number): number => {
      const id = wire.newId();
      wire.send(REGISTRY, 0, global.name, global.interface, version, id);
      return id;
    };
    const manager = globals.find((global) => global.interface === "zxdg_output_manager_v1");
    const managerId = manager && bind(manager, Math.min(manager.version, 2));
    const outputs = globals.filter((global) => global.interface === "wl_output").map((global) => {
      const output: Output = { x: 0, y: 0, width: 0, height: 0, name: "" };
      const id = bind(global, Math.min(global.version, 4));
      handlers.set(id, (event) => fillOutput(output, event));
      if (managerId !== undefined) {
        const logical = wire.newId();
        wire.send(managerId, 1, logical, id);
        handlers.set(logical, (event) => fillLogical(output, event));
      }
      return output;
    });
    await settled();
    return { outputs, interfaces: new Set(globals.map((global) => global.interface)) };
  } finally {
    wire.close();
  }
}

function socketPath(env: NodeJS.ProcessEnv): string {
  const display = env["WAYLAND_DISPLAY"] || "wayland-0";
  if (display.startsWith("/")) return display;
  const folder = env["XDG_RUNTIME_DIR"];
  if (!folder) throw new WaylandAbsent("the variable XDG_RUNTIME_DIR is not set");
  return join(folder, display);
}

/** geometry, mode, done, scale, name. */
function fillOutput(output: Output, { opcode, body }: WaylandEvent): void {
  if (opcode === 0) [output.x, output.y] = [body.readInt32LE(0), body.readInt32LE(4)];
  const isCurrentMode = opcode === 1 && (body.readUInt32LE(0) & 1) === 1;
  if (isCurrentMode && output.width === 0) {
    [output.width, output.height] = [body.readInt32LE(4), body.readInt32LE(8)];
  }
  if (opcode === 4) output.name = textAt(body, 0).text;
}

/** logical_position, logical_size, done, name. */
function fillLogical(output: Output, { opcode, body }: WaylandEvent): void {
  if (opcode === 0) [output.x, output.y] = [body.readInt32LE(0), body.readInt32LE(4)];
  if (opcode === 1) [output.width, output.height] = [body.readInt32LE(0), body.readInt32LE(4)];
  if (opcode === 3) output.name = textAt(body, 0).text;
}
