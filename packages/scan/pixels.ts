/**
 * A decoded picture, rows from top to bottom without gaps: in grey, one byte a pixel from 0 (black) to 255
 * (white), or in colour, four bytes a pixel (red, green, blue and one that is not looked at).
 *
 * The bytes show a QR code and with it a seed: overwrite them (`data.fill(0)`) after use.
 */
export type { Pixels } from "@otpsmith/qr";
