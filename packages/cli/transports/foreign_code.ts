let runs = false;

/** A module that is not ours is going to be loaded: what it leaves running must not keep the command. */
export function foreignCodeRuns(): void {
  runs = true;
}

/** Whether a module that is not ours was loaded. */
export function hasForeignCode(): boolean {
  return runs;
}
