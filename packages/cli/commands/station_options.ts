import { type OptionSpec, READERS } from "./options.ts";

/** Where the station's page is served, and which readers it shows: all of them. */
export const STATION: readonly OptionSpec[] = [
  ...READERS.filter(({ flags }) => !flags.startsWith("--reader")),
  {
    flags: "--port <number>",
    says: "port on this computer; a free one unless given",
    number: { from: 1, to: 65_535 },
  },
  {
    flags: "--idle <minutes>",
    says: "end it where no page was open for so long; 15 unless given",
    number: { from: 1, to: 1440 },
  },
];
