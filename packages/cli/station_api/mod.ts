/**
 * What the station's server and its page say to each other: the state, the actions and the errors.
 *
 * The server keeps one state. `GET /api/state` gives it, `GET /api/events` gives it again after each
 * change (one JSON object a line), and `POST /api/actions/NAME` does one of the actions that the state
 * lists as allowed now; the events tell what came of it. Everything but the files of the page needs the session's key in the header
 * `Authorization: Bearer KEY`; `POST /api/session` exchanges the one-time key of the link for it.
 *
 * @example Print what can be done now
 * ```ts ignore
 * import type { StationState } from "@otpsmith/cli/station_api";
 *
 * function menu({ actions }: StationState): string {
 *   return actions.join(", ");
 * }
 * ```
 *
 * @module
 */
export * from "./state.ts";
export * from "./actions.ts";
