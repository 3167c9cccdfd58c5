import type { JSX } from "preact";
import type { Act } from "../station_page.tsx";
import type { StationState } from "@otpsmith/cli/station_api";
import { texts } from "../texts/mod.ts";
import { Problem, type Progress, Section } from "./common.tsx";

/** Step 2: a list that follows what is plugged in. */
export function ReaderSection(
  { state, act, progress }: {
    readonly state: StationState;
    readonly act: Act;
    readonly progress: Progress;
  },
): JSX.Element {
  const { reader: words } = texts;
  const { readers, reader, obstacles } = state;
  return (
    <Section id="reader" number={2} title={words.title} progress={progress}>
      {readers === null ? <p role="status">{words.looking}</p> : null}
      {readers?.length === 0 ? <p role="status">{words.none} {words.help}</p> : null}
      {readers && readers.length > 0
        ? (
          <fieldset class="readers">
            <legend class="hidden">{words.choose}</legend>
            {readers.map(({ id, label, card }) => (
              <label class="option" key={id}>
                <input
                  type="radio"
                  name="reader"
                  checked={id === reader}
                  disabled={!state.actions.includes("choose-reader")}
                  onChange={() => void act("choose-reader", { reader: id })}
                />
                <span>{label}</span>
                <span class="hint">{words.card[card]}</span>
              </label>
            ))}
          </fieldset>
        )
        : null}
      {readers?.length
        ? null
        : obstacles.map((problem) => <Problem key={problem.code} problem={problem} />)}
    </Section>
  );
}
