import { describeServerProcesses } from "./server-processes.ts";

describeServerProcesses("postgres");
