/** A module of its own, so that it is loaded for pictures alone. */
export { scanImage } from "@otpsmith/scan";
