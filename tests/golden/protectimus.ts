/**
 * Frames of a Protectimus SLIM NFC, without the header of their ISO 14443-4 block. Commands are those that a
 * published script sends (SySS-Research/protectimus-slim-proxmark3@c113bcb); the clocks, and the checksums of
 * the answers, were computed by hand.
 */
export const protectimus = {
  time: 1_700_000_000,
  readCode: "8603420042",
  readInfo: "86021010",
  setClock30: "860A1200001E0360AA2A14FB",
  setClock60: "860A1200003C01B0551514CB",
  /** The code 123456. */
  code: "AA084201020304050645",
  /** Hardware 70, firmware 10, a clock, 30 s; bytes of which nothing is known are as the simulated token has them. */
  info: "AA0B1000701001000100000070",
} as const;
