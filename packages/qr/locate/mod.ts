/**
 * Finder patterns in a picture.
 *
 * @module
 */
export { type Finder, type Located, locateFinders, type LocateOptions } from "./finders.ts";
