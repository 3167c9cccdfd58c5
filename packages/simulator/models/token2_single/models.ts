/** A model of the family: which serial numbers it has, and what a clock write does to its seed. */
export interface Token2SingleModel {
  /** Name as the maker writes it. */
  readonly name: string;
  /** First seven digits of its serial numbers; `undefined` for the model that nobody knows. */
  readonly prefix: string | undefined;
  /** Whether a clock or configuration write clears the seed. */
  readonly restricted: boolean;
}

/**
 * The models of Token2's single-profile programmable tokens, second generation, by serial prefix, from
 * the maker's burner (token2/t2nfc_burner@c0df7db); restricted is what an unknown one is taken for.
 */
export const TOKEN2_SINGLE_MODELS: readonly Token2SingleModel[] = [
  { name: "OTPC-P1-i", prefix: "8659612", restricted: false },
  { name: "OTPC-P2-i", prefix: "8659622", restricted: true },
  { name: "OTPC-P2-i-NB", prefix: "8659621", restricted: true },
  { name: "miniOTP-2-i", prefix: "8659600", restricted: false },
  { name: "miniOTP-3-i", prefix: "8659601", restricted: true },
  { name: "miniOTP-3-i-NB", prefix: "8659609", restricted: true },
  { name: "C301-i", prefix: "8659610", restricted: true },
  { name: "C302-i", prefix: "8659632", restricted: false },
  { name: "unknown", prefix: undefined, restricted: true },
];
