// @ts-expect-error: only Bun has this module, and there are no types of it here
import { describe, it } from "bun:test";
import { declareSuite } from "./suite.ts";

declareSuite({ describe, it });
