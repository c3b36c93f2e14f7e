import { describeServerProcesses } from "./server-processes.ts";

describeServerProcesses("pglite");
