const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isUpper = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
const isLower = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a;

/** What the maker's open applet has against a PIN (token2/token2-otp-applet@9211def, enforcePinPolicy). */
export function isWeak(pin: Uint8Array): boolean {
  const bytes = [...pin];
  if (!bytes.every(isDigit)) {
    const kinds = new Set(
      bytes.map((byte) =>
        isDigit(byte) ? "digit" : isUpper(byte) ? "upper" : isLower(byte) ? "lower" : "other"
      ),
    );
    return bytes.length < 10 || kinds.size < 2;
  }
  const text = String.fromCharCode(...bytes);
  const backwards = [...text].reverse().join("");
  const runs = "01234567890".slice(0, 10);
  const downs = [...runs].reverse().join("");
  return bytes.length < 6 || text === backwards || runs.includes(text) || downs.includes(text) ||
    bytes.some((byte) => bytes.filter((one) => one === byte).length > 3);
}
