import type { BindingReader, BindingSetup, BindingUnderTest } from "../binding/mod.ts";
import { EchoCard } from "../echo/echo_card.ts";

/** A call of the service came back with that number. */
export class ServiceError extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`it returned 0x${code.toString(16)}`);
    this.code = code;
  }
}

type Listener = Parameters<BindingUnderTest["monitor"]>[0];
type Connection = Awaited<ReturnType<BindingUnderTest["connect"]>>;
type Share = Parameters<BindingUnderTest["connect"]>[1]["share"];

/** PC/SC in this process: two readers, one with an echo card. The numbers are those of pcsc-lite. */
export class FakePcsc implements BindingUnderTest {
  readonly card = new EchoCard();
  readonly #listeners = new Set<Listener>();
  readonly #held: Share[] = [];
  #events = 1;

  load(): Promise<void> {
    return Promise.resolve();
  }

  readers(): Promise<readonly BindingReader[]> {
    const { present, atr } = this.card;
    return Promise.resolve([
      {
        name: "Echo",
        card: present ? "present" : "absent",
        atr: present ? atr : undefined,
        events: this.#events,
      },
      { name: "Empty", card: "absent", atr: undefined, events: 0 },
    ]);
  }

  async monitor(listener: Listener): Promise<() => Promise<void>> {
    listener.changed(await this.readers());
    this.#listeners.add(listener);
    return () => Promise.resolve(void this.#listeners.delete(listener));
  }

  async connect(reader: string, { share }: { readonly share: Share }): Promise<Connection> {
    const found = (await this.readers()).find(({ name }) => name === reader);
    if (!found) throw new ServiceError(0x80100009);
    if (found.card === "absent") throw new ServiceError(0x8010000c);
    if (share === "exclusive" ? this.#held.length > 0 : this.#held.includes("exclusive")) {
      throw new ServiceError(0x8010000b);
    }
    this.#held.push(share);
    const inserted = this.#events;
    return {
      transmit: async (command) => {
        if (this.#events !== inserted) throw new ServiceError(0x80100069);
        return await this.card.process(command.slice());
      },
      disconnect: (disposition) => {
        this.#held.splice(this.#held.indexOf(share), 1);
        if (disposition !== "leave") this.card.power("reset");
        return Promise.resolve();
      },
    };
  }

  /** Takes the card off, or puts it back. */
  async plug(present: boolean): Promise<void> {
    if (present === this.card.present) return;
    this.card.present = present;
    this.#events++;
    const readers = await this.readers();
    for (const { changed } of this.#listeners) changed(readers);
  }
}

/** What is done differently from a binding that is right. */
export interface BindingDifferences extends Partial<BindingUnderTest> {
  /** Each connection. */
  readonly connection?: (connection: Connection) => Partial<Connection>;
}

/** Prepares a case on a fake service, with something broken in between. */
export function bindingSetup(
  differences: (whole: FakePcsc) => BindingDifferences = () => ({}),
): Promise<BindingSetup> {
  const whole = new FakePcsc();
  const { connection, ...others } = differences(whole);
  const connect = others.connect ?? whole.connect.bind(whole);
  const binding: BindingUnderTest = {
    load: () => whole.load(),
    readers: () => whole.readers(),
    monitor: (listener) => whole.monitor(listener),
    ...others,
    connect: async (reader, options) => {
      const opened = await connect(reader, options);
      return { ...opened, ...connection?.(opened) };
    },
  };
  const plug = (present: boolean): Promise<void> => whole.plug(present);
  return Promise.resolve({ binding, echo: "Echo", absent: "Empty", plug });
}
