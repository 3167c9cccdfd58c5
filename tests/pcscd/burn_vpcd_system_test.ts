import { describeBurns } from "./burn_cases.ts";

describeBurns("vpcd");
