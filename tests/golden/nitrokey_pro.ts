const z = (count: number): string => "00".repeat(count);
const TEMPORARY = `746D7061646D${z(19)}`; // "tmpadm"

/**
 * Reports of a Nitrokey Pro, without the report id: computed with an independent script; the checksums were
 * confirmed with the function of the maker's own library (Nitrokey/libnitrokey@8349374), built on a PC.
 */
export const nitrokeyPro = {
  temporary: TEMPORARY,
  pin: "12345678",
  seed: "3132333435363738393031323334353637383930",
  time: 1_700_000_000,
  status: `00${z(59)}DFB76EEF`,
  authenticate: `073132333435363738${z(17)}${TEMPORARY}${z(9)}C2EB9878`,
  name: `17${TEMPORARY}4E005246432074657374${z(22)}${z(2)}ED4C438D`,
  seedPart: `17${TEMPORARY}53003132333435363738393031323334353637383930${z(10)}${z(2)}EF15677C`,
  writeSlot: `01${TEMPORARY}201E0000000000000001${z(13)}${z(11)}FA4971BD`,
  setTime: `0B0100F1536500000000${z(50)}484AF110`,
  readCode: `0420${z(8)}${z(8)}1E${z(25)}${z(16)}B8199BC7`,
} as const;
