import type { HidDeviceInfo, HidPort, HidSystem } from "../hid_port.ts";

type Listener = (value: never) => void;

/** One open interface of {@linkcode FakeHid}. */
export class FakeHidPort implements HidPort {
  /** Arrays that were given, and what was in them then. */
  readonly written: {
    readonly how: "write" | "feature";
    readonly array: Buffer;
    readonly bytes: number[];
  }[] = [];
  closed = 0;
  /** What the next call rejects with. */
  error: unknown;
  /** What a feature report holds, id in front. */
  feature = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  info: HidDeviceInfo;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(info: HidDeviceInfo) {
    this.info = info;
  }

  write = (report: Buffer): Promise<number> => this.#out("write", report);
  sendFeatureReport = (report: Buffer): Promise<number> => this.#out("feature", report);
  getFeatureReport = (_id: number, length: number): Promise<Buffer> =>
    this.error ? Promise.reject(this.error) : Promise.resolve(this.feature.subarray(0, length));
  getDeviceInfo = (): Promise<HidDeviceInfo> => Promise.resolve(this.info);

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, [...this.#listeners.get(event) ?? [], listener]);
  }

  /** Says something to whoever listens. */
  emit(event: "data" | "error", value: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value as never);
  }

  /** What is listened to. */
  get listening(): string[] {
    return [...this.#listeners.keys()];
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }

  #out(how: "write" | "feature", array: Buffer): Promise<number> {
    if (this.error) return Promise.reject(this.error);
    this.written.push({ how, array, bytes: [...array] });
    return Promise.resolve(array.length);
  }
}

/** What `node-hid` is to the transport, in the hands of a test. */
export class FakeHid implements HidSystem {
  devices: HidDeviceInfo[] = [];
  listError: unknown;
  openError: unknown;
  readonly opened: {
    readonly path: string;
    readonly nonExclusive: boolean;
    readonly port: FakeHidPort;
  }[] = [];
  /** Set to have opening wait for it. */
  gate: Promise<void> | undefined;

  list(): Promise<readonly HidDeviceInfo[]> {
    return this.listError ? Promise.reject(this.listError) : Promise.resolve(this.devices);
  }

  async open(path: string, { nonExclusive }: { nonExclusive: boolean }): Promise<HidPort> {
    await this.gate;
    if (this.openError) throw this.openError;
    const port = new FakeHidPort(this.devices.find((device) => device.path === path)!);
    this.opened.push({ path, nonExclusive, port });
    return port;
  }
}
