import { createStation, type JournalEntry, systemTime } from "@otpsmith/core";
import { memoryTransport, type VirtualToken } from "@otpsmith/simulator";
import type { StationState } from "../../station_api/mod.ts";
import { allDrivers } from "../../token/drivers.ts";
import { watchAll } from "../../transports/watch_all.ts";
import { StationJob, type StationJobOptions } from "../station_job.ts";

/** A station over simulated readers, with what it has written into its journal. */
export interface TestStation {
  readonly job: StationJob;
  readonly journal: JournalEntry[];
  /** Waits until the state is as wanted. */
  until(what: (state: StationState) => boolean): Promise<StationState>;
}

/** Starts a station on readers of this process: each token lies on a reader of its own. */
export function testStation(
  tokens: readonly VirtualToken[],
  options: Partial<StationJobOptions> = {},
): TestStation {
  const transport = memoryTransport({
    readers: tokens.map(({ card }, index) => ({
      name: `Reader ${index + 1} ${uniqueName()}`,
      card,
    })),
  });
  const station = createStation({
    transports: [transport],
    drivers: allDrivers(),
    time: systemTime,
  });
  const journal: JournalEntry[] = [];
  const job = new StationJob({
    bench: {
      station,
      simulated: undefined,
      watch: (signal) => watchAll([transport], { signal }),
      close: async () => await station[Symbol.asyncDispose](),
    },
    journal: { append: (entry) => Promise.resolve(void journal.push(entry)) },
    version: "0.0.0",
    unfinished: () => Promise.resolve(null),
    ...options,
  });
  return {
    job,
    journal,
    until: (what) =>
      new Promise((resolve) => {
        if (what(job.state)) return resolve(job.state);
        const stop = job.subscribe((state) => {
          if (!what(state)) return;
          stop();
          resolve(state);
        });
      }),
  };
}

let names = 0;

/** Stations hold readers by name, over all processes of the computer. */
function uniqueName(): string {
  return `${process.pid}-${names++}`;
}
