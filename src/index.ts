/** The Worker: the HTTP application and the run object. */
import { createApp } from "./http/app.ts";

export { RunObject } from "./run/run-object.ts";

export default createApp();
