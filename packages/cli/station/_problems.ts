import type { ActionName, StationProblem } from "../station_api/mod.ts";

/** An action that cannot be done now, with what the person can do. */
export class ActionRefused extends Error {
  /** What is answered. */
  readonly problem: StationProblem;

  constructor(problem: StationProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** An action that the state does not list. */
export function notNow(name: ActionName): ActionRefused {
  return new ActionRefused({
    code: "station/not-now",
    message: `Cannot do "${name}" now: the state does not allow it`,
    next: "Look at the page again: it shows what can be done.",
  });
}

/** What would be burned is not what the person has agreed to. */
export function planChanged(): ActionRefused {
  return new ActionRefused({
    code: "station/plan-changed",
    message: "Cannot burn: the plan is not the one that was shown",
    next: "Nothing was written. Read what is shown now, then burn.",
  });
}

/** A reader that is not there. */
export function noSuchReader(): ActionRefused {
  return new ActionRefused({
    code: "station/no-reader",
    message: "Cannot use that reader: it is not plugged in",
    next: "Plug it in again, or choose another one.",
  });
}

/** The chosen reader has gone. */
export const UNPLUGGED: StationProblem = {
  code: "station/reader-unplugged",
  message: "The reader was unplugged",
  next: "Plug it in again, or choose another one.",
};

/** The reader is empty, or the token on it is asleep. */
export const NOTHING_THERE: StationProblem = {
  code: "station/no-token",
  message: "Nothing on the reader that is switched on",
  next: "Switch the token on (its display must be lit) and place it flat on the reader.",
};

/** A defect of ours. The text of a foreign error may hold anything, a seed too: it is not shown. */
export const DEFECT: StationProblem = {
  code: "defect",
  message: "Cannot go on: otpsmith has a defect here",
  next: "Please report it. Read the token again before anything else.",
};
