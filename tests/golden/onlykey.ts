const zeros = (report: string): string => report.padEnd(128, "0");

/** Reports of an OnlyKey, computed by hand from its maker's client (trustcrypto/python-onlykey@c983cca). */
export const onlykey = {
  seed: "3132333435363738393031323334353637383930",
  time: 1_700_000_000,
  setTime: zeros("FFFFFFFFE46553F100"),
  codeType: zeros("FFFFFFFFE6010867"),
  seedOfSlot1: zeros("FFFFFFFFE601093132333435363738393031323334353637383930"),
} as const;
