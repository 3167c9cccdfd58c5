/** What each action takes. Fields that hold secrets are marked so; the server answers with none of them. */
export interface ActionInputs {
  /** The account to burn: the text of a code, or a typed seed with its settings. */
  readonly "set-account": {
    /** Secret: an otpauth link, or a bare seed. */
    readonly text: string;
    /** How `text` is written; a seed is never guessed. */
    readonly as: "link" | "base32" | "hex";
    /** Where it came from, for messages: "the shared screen". */
    readonly source: string;
    /** The service, for a bare seed. */
    readonly issuer?: string | undefined;
    /** The account, for a bare seed. */
    readonly account?: string | undefined;
    /** Hash function of a bare seed; SHA1 unless given. */
    readonly algorithm?: "SHA1" | "SHA256" | "SHA512" | undefined;
    /** Code length of a bare seed; 6 unless given. */
    readonly digits?: number | undefined;
    /** Time step of a bare seed in seconds; 30 unless given. */
    readonly period?: number | undefined;
    /** Whether the decoder had to rebuild parts of the code: the proof by a typed code is then a must. */
    readonly repaired?: boolean | undefined;
  };
  /** Forgets and wipes the account. */
  readonly "clear-account": Nothing;
  /** Which reader is used; `null` for none. */
  readonly "choose-reader": { readonly reader: string | null };
  /** Reads the token on the chosen reader again. */
  readonly "read-token": Nothing;
  /** What the owner shows the token. */
  readonly "unlock": {
    /** Secret: its customer key, password or PIN. */
    readonly secret: string;
  };
  /** Lists the slots of a token with several. */
  readonly "list-slots": Nothing;
  /** How it is burned. What is left out stays as it is. */
  readonly "set-options": {
    /** Whether the token's clock is set. */
    readonly syncClock?: boolean | undefined;
    /** The slot; `null` lets the token's kind decide. */
    readonly slot?: number | "next" | null | undefined;
    /** Its title; `null` takes the account's name. */
    readonly title?: string | null | undefined;
    /** Whether the person has compared the computer's clock with another one. */
    readonly hostClockChecked?: boolean | undefined;
    /** Slots whose seeds the person agrees to lose, by number or title. */
    readonly replace?: readonly (number | string)[] | undefined;
  };
  /** Burns the plan that is shown. */
  readonly "burn": {
    /** `id` of the plan that the person has seen. */
    readonly plan: string;
    /** That the person agrees to what it destroys. */
    readonly agreed: true;
  };
  /** Stops a burn where that does no harm. */
  readonly "stop": Nothing;
  /** Says that the touch that is waited for was done. */
  readonly "touched": Nothing;
  /** Compares the digits on the token's display. */
  readonly "prove": { readonly code: string };
  /** On to the next token. */
  readonly "next": {
    /** Whether the same account is burned again. */
    readonly keepAccount: boolean;
  };
  /** What the hands do with the simulated token. */
  readonly "simulate": {
    /** One movement. */
    readonly hand: "place" | "take-away" | "switch-on" | "switch-off" | "press";
    /** The slot whose code its display is to show, where it has several. */
    readonly slot?: number | undefined;
  };
  /** Ends the station. */
  readonly "end": Nothing;
}

/** An action that takes nothing is sent `{}`. */
export type Nothing = Readonly<Record<never, never>>;

/** Name of an action. */
export type ActionName = keyof ActionInputs;

/** What an action takes. */
export type ActionInput<N extends ActionName> = ActionInputs[N];
