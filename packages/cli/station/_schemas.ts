import {
  array,
  boolean,
  type GenericSchema,
  integer,
  literal,
  maxLength,
  maxValue,
  minLength,
  minValue,
  nullable,
  number,
  optional,
  picklist,
  pipe,
  regex,
  strictObject,
  string,
  union,
} from "valibot";
import type { ActionInputs, ActionName } from "../station_api/mod.ts";

const text = (most: number) => pipe(string(), maxLength(most));
const someText = (most: number) => pipe(string(), minLength(1), maxLength(most));
const whole = (from: number, to: number) => pipe(number(), integer(), minValue(from), maxValue(to));
const slot = whole(0, 65_535);
const nothing = strictObject({});

/** The shape of what each action takes: a body that does not fit, or has more in it, is refused. */
export const SCHEMAS: { readonly [N in ActionName]: GenericSchema<unknown, ActionInputs[N]> } = {
  "set-account": strictObject({
    text: someText(8192),
    as: picklist(["link", "base32", "hex"]),
    source: text(200),
    issuer: optional(text(200)),
    account: optional(text(200)),
    algorithm: optional(picklist(["SHA1", "SHA256", "SHA512"])),
    digits: optional(whole(1, 10)),
    period: optional(whole(1, 3600)),
    repaired: optional(boolean()),
  }),
  "clear-account": nothing,
  "choose-reader": strictObject({ reader: nullable(someText(500)) }),
  "read-token": nothing,
  "unlock": strictObject({ secret: someText(512) }),
  "list-slots": nothing,
  "set-options": strictObject({
    syncClock: optional(boolean()),
    slot: optional(nullable(union([slot, literal("next")]))),
    title: optional(nullable(text(200))),
    hostClockChecked: optional(boolean()),
    replace: optional(pipe(array(union([slot, text(200)])), maxLength(200))),
  }),
  "burn": strictObject({ plan: someText(20_000), agreed: literal(true) }),
  "stop": nothing,
  "touched": nothing,
  "prove": strictObject({ code: pipe(string(), regex(/^[\d\s-]{1,24}$/)) }),
  "next": strictObject({ keepAccount: boolean() }),
  "simulate": strictObject({
    hand: picklist(["place", "take-away", "switch-on", "switch-off", "press"]),
    slot: optional(slot),
  }),
  "end": nothing,
};
