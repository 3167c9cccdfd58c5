/**
 * Packets of the Nitrokey 3's vendor command, computed by hand from its firmware's own document
 * (Nitrokey/trussed-secrets-app@e72e804, docs/ctaphid.md); no device was asked.
 */
export const nitrokeySecrets = {
  channel: 0x01020304,
  list: "01020304" + "F0" + "0004" + "00A10000" + "00".repeat(53),
  emptyList: "01020304" + "F0" + "0002" + "9000" + "00".repeat(55),
} as const;
