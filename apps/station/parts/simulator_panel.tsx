import type { JSX } from "preact";
import type { StationState } from "@otpsmith/cli/station_api";
import type { Act } from "../station_page.tsx";
import { texts } from "../texts/mod.ts";

/** The simulated token, drawn, with the hands that move it. */
export function SimulatorPanel(
  { state, act }: { readonly state: StationState; readonly act: Act },
): JSX.Element | null {
  const { simulator: words } = texts;
  const { simulator, burn, options } = state;
  if (!simulator) return null;
  const { on, placed, display, serial } = simulator;
  const slot = burn?.slot ?? (typeof options.slot === "number" ? options.slot : undefined);
  const move = (hand: "place" | "take-away" | "switch-on" | "switch-off" | "press"): void =>
    void act("simulate", { hand, ...(slot === undefined ? {} : { slot }) });
  return (
    <aside class="simulator" aria-labelledby="simulator-title">
      <h2 id="simulator-title">{words.title}</h2>
      <p class="hint">{words.help}</p>
      <svg
        viewBox="0 0 240 90"
        role="img"
        aria-label={`${words.display}: ${display || words.dark}`}
        class={placed ? "placed" : "taken"}
      >
        <rect x="4" y="10" width="232" height="70" rx="22" class="case" />
        <rect x="22" y="24" width="146" height="42" rx="5" class={on ? "lcd lit" : "lcd"} />
        <text x="95" y="56" text-anchor="middle" class="digits">{display}</text>
        <circle cx="202" cy="45" r="13" class="key" />
      </svg>
      <p class="hint">{serial}</p>
      <div class="buttons">
        {on
          ? <button type="button" onClick={() => move("switch-off")}>{words.off}</button>
          : <button type="button" onClick={() => move("switch-on")}>{words.on}</button>}
        {placed
          ? <button type="button" onClick={() => move("take-away")}>{words.takeAway}</button>
          : <button type="button" onClick={() => move("place")}>{words.place}</button>}
        {burn?.wants
          ? <button type="button" onClick={() => move("press")}>{words.press}</button>
          : null}
      </div>
    </aside>
  );
}
