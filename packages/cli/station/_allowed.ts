import type { ActionName } from "../station_api/mod.ts";
import type { Facts } from "./_store.ts";

type Condition = (facts: Facts) => boolean;

const burning: Condition = ({ busy }) => busy === "burning";
/** A burn that succeeded waits for its proof and for `next`: nothing may take its place. */
const burned: Condition = ({ burn }) => burn?.status === "done";
const open: Condition = (facts) => !burning(facts) && !burned(facts);

/** When each action may be done. */
const ALLOWED: { readonly [Name in ActionName]: Condition } = {
  "set-account": open,
  "clear-account": (facts) => open(facts) && facts.account !== null,
  "choose-reader": (facts) => !burning(facts),
  "read-token": (facts) => !burning(facts) && facts.reader !== null,
  "unlock": (facts) => !burning(facts) && facts.token?.secret != null,
  "list-slots": (facts) => !burning(facts) && facts.token?.slotsBy != null,
  "set-options": (facts) => !burning(facts),
  "burn": (facts) => open(facts) && facts.busy === null && facts.plan?.ok === true,
  "stop": burning,
  "touched": ({ burn }) => burn?.wantsWord === true,
  "prove": (facts) => burned(facts) && facts.account !== null && facts.proof?.wanted === true,
  "next": (facts) => !burning(facts) && facts.burn !== null,
  "simulate": ({ simulator }) => simulator !== null,
  "end": (facts) => !burning(facts),
};

/** What can be done now. */
export function allowedActions(facts: Facts): readonly ActionName[] {
  return (Object.keys(ALLOWED) as ActionName[]).filter((name) => ALLOWED[name](facts));
}
