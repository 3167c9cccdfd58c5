import type { ActionName } from "./actions.ts";

/** Something that is wrong, and what to do about it. Holds no secret. */
export interface StationProblem {
  /** Stable identifier, such as `link/absent`. */
  readonly code: string;
  /** One plain sentence. */
  readonly message: string;
  /** What the person can do. */
  readonly next: string | null;
}

/** A reader that is plugged in. */
export interface StationReader {
  /** Names it in `choose-reader`. */
  readonly id: string;
  /** What a person reads. */
  readonly label: string;
  /** How it is reached: `pcsc`, `hid`. */
  readonly transport: string;
  /** Whether something lies on it, where that can be told without opening it. */
  readonly card: "present" | "absent" | "mute" | "unknown";
}

/** The account that is going to be burned; its seed stays in the server. */
export interface StationAccount {
  /** The service; empty if unknown. */
  readonly issuer: string;
  /** The account; empty if unknown. */
  readonly account: string;
  /** Hash function. */
  readonly algorithm: string;
  /** Code length. */
  readonly digits: number;
  /** Time step in seconds. */
  readonly period: number;
  /** Length of the seed. */
  readonly seedBytes: number;
  /** Where it came from. */
  readonly source: string;
  /** What is odd about it. */
  readonly warnings: readonly string[];
  /** Whether parts of its code were rebuilt: the proof by a typed code is a must. */
  readonly repaired: boolean;
}

/** A slot of a token with several. */
export interface StationSlot {
  /** Its number, as the maker counts. */
  readonly slot: number;
  /** Its title. */
  readonly title: string | null;
  /** Whether it holds a seed. */
  readonly occupied: boolean;
}

/** The token on the chosen reader. */
export interface StationToken {
  /** As the token says it. */
  readonly serial: string;
  /** `null` where no table knows it: it can be read and is never written. */
  readonly model: string | null;
  /** For a person. */
  readonly family: string;
  /** How well the driver is known to work, and what that rests on. */
  readonly evidence: { readonly level: string; readonly note: string };
  /** What its clock said; `null` where it has none. */
  readonly clock: {
    /** Its clock in seconds since 1970. */
    readonly tokenSeconds: number;
    /** The computer's at that moment, in milliseconds since 1970. */
    readonly hostMilliseconds: number;
    /** Token minus computer, in seconds. */
    readonly driftSeconds: number;
  } | null;
  /** What the owner shows it; `null` where nothing. */
  readonly secret: {
    /** What it is called. */
    readonly kind: "customer-key" | "password" | "pin";
    /** Whether nothing can be read or written without it. */
    readonly required: boolean;
    /** How many wrong ones it still takes, where it tells. */
    readonly attemptsLeft: number | null;
    /** Whether the server holds one to show. */
    readonly given: boolean;
  } | null;
  /** How many seeds it holds; more than one asks for a slot. */
  readonly slotCount: number;
  /** How slots are found. */
  readonly slotsBy: "number" | "title" | null;
  /** Its slots, once they were listed. */
  readonly slots: readonly StationSlot[] | null;
  /** What it may hold after a burn from this computer that was cut off, in words; `null` if none was. */
  readonly unfinished: string | null;
}

/** How the seed is going to be burned. */
export interface StationOptions {
  /** Whether the token's clock is set. */
  readonly syncClock: boolean;
  /** The slot. */
  readonly slot: number | "next" | null;
  /** Its title. */
  readonly title: string | null;
  /** Whether the person has compared the computer's clock with another one. */
  readonly hostClockChecked: boolean;
  /** Slots whose seeds the person agrees to lose. */
  readonly replace: readonly (number | string)[];
}

/** What is going to happen, or why it cannot. */
export type StationPlan =
  | {
    readonly ok: true;
    /** Names it in `burn`. */
    readonly id: string;
    /** The steps in their order, for a person. */
    readonly steps: readonly string[];
    /** What is lost. */
    readonly destroys: readonly string[];
    /** What is worth knowing. */
    readonly notes: readonly string[];
    /** What the person does afterwards. */
    readonly hands: readonly ("tap" | "press" | "confirm" | "power-cycle")[];
    /** What is done about the clock. */
    readonly clock: "sync" | "keep" | "none";
    /** The slot it goes to, where there are several. */
    readonly slot: number | null;
  }
  | { readonly ok: false; readonly refusals: readonly StationProblem[] };

/** A burn, while it runs and after it. */
export interface StationBurn {
  /** The token it is for. */
  readonly serial: string;
  /** How it stands; `done` means that every write was acknowledged. */
  readonly status: "running" | "done" | "stopped" | "needs-person";
  /** The steps and how far they are. */
  readonly steps: readonly {
    readonly title: string;
    readonly state: "waits" | "runs" | "done" | "failed";
  }[];
  /** What a person has to do now, while it runs. */
  readonly wants: string | null;
  /** Whether the person has to say that it was done: `touched`. */
  readonly wantsWord: boolean;
  /** What the token holds now, in words; after the end. */
  readonly message: string | null;
  /** What to do; after the end. */
  readonly next: string | null;
  /** What went wrong. */
  readonly problem: StationProblem | null;
  /** Slot that was burned, where there are several. */
  readonly slot: number | null;
}

/** What is known of the codes that the token makes. */
export interface StationProof {
  /** `none`: nobody has looked yet. */
  readonly level: "computed" | "presence" | "display" | "none";
  /** Whether the token makes the codes that the service expects. */
  readonly match: boolean;
  /** Token minus computer in seconds, where it matches. */
  readonly driftSeconds: number | null;
  /** Whether a service with a window of one step takes the code. */
  readonly acceptable: boolean | null;
  /** What is most likely wrong, where it does not match. */
  readonly problem: StationProblem | null;
  /** Whether a person has to type the code that the display shows. */
  readonly wanted: boolean;
}

/** The simulated token, with `--simulator`. */
export interface StationSimulator {
  /** Its serial number, printed on its back. */
  readonly serial: string;
  /** Family and model. */
  readonly model: string;
  /** Whether it is switched on. */
  readonly on: boolean;
  /** Whether it lies on the reader. */
  readonly placed: boolean;
  /** What its display shows; empty while it is dark. */
  readonly display: string;
}

/** A token that was burned since the station was started; no secret in it. */
export interface StationRecord {
  /** The token. */
  readonly serial: string;
  /** The service. */
  readonly issuer: string;
  /** The account. */
  readonly account: string;
  /** Whether the code was compared and right. */
  readonly proven: boolean;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** Everything that the page shows. */
export interface StationState {
  /** Grows with each change. */
  readonly revision: number;
  /** Version of otpsmith. */
  readonly version: string;
  /** What keeps transports from being used. */
  readonly obstacles: readonly StationProblem[];
  /** What is plugged in; `null` until it was looked. */
  readonly readers: readonly StationReader[] | null;
  /** Id of the reader that is used. */
  readonly reader: string | null;
  /** The account that is going to be burned. */
  readonly account: StationAccount | null;
  /** The token on that reader. */
  readonly token: StationToken | null;
  /** Why there is none. */
  readonly tokenProblem: StationProblem | null;
  /** How it is going to be burned. */
  readonly options: StationOptions;
  /** What is going to happen; `null` until account and token are there. */
  readonly plan: StationPlan | null;
  /** The burn, while it runs and until the next one. */
  readonly burn: StationBurn | null;
  /** What is known of the codes. */
  readonly proof: StationProof | null;
  /** What the server is doing with the token now. */
  readonly busy: "reading" | "planning" | "burning" | null;
  /** The simulated token. */
  readonly simulator: StationSimulator | null;
  /** Tokens that were burned since the start. */
  readonly records: readonly StationRecord[];
  /** What can be done now. */
  readonly actions: readonly ActionName[];
}

/** What a request is answered with that was refused. */
export interface StationRefusal {
  /** Why. */
  readonly error: StationProblem;
}
