/** The participant's page: joins or goes on, runs the study, and shows how it ended. */
import "../shared/style.css";
import "./participant.css";
import "./pages/form.css";
import "./trial.css";
import "./marking/marking.css";
import { initJsPsych } from "jspsych";
import { type Delivery, deliver } from "./deliver.ts";
import { createKeep, isOwnerChange, type Keep, ownerKey } from "./keep.ts";
import { Ended, type Ending, endingOf, endingPage } from "./pages/endings.ts";
import { Participation } from "./participation.ts";
import { readInvitation } from "./recruitment.ts";
import { server } from "./server.ts";
import { Shell } from "./shell.ts";
import { createSay } from "./texts.ts";
import { studyTimeline } from "./timeline.ts";

const keep = createKeep(browserStorage());
let shell: Shell | undefined;
const delivery: Delivery = {
  wait: waitOrOnline,
  random: Math.random,
  onTrouble: (trouble) => shell?.showTrouble(trouble),
};

void start();

async function start(): Promise<void> {
  const info = await deliver(() => server.study(), delivery);
  const say = createSay(info.texts);
  const invitation = readInvitation(info.platform, location.search);
  const recruitment = invitation.kind === "invited" ? invitation.recruitment : undefined;
  const participation = new Participation(server, keep, delivery, recruitment, (session) =>
    shell?.showSession(session),
  );
  shell = new Shell(say, info, () => participation.withdraw().then(() => stop("withdrawn"), fail));
  if (!keep.lasting()) shell.warnStorage();
  const { content } = shell;
  const jsPsych = initJsPsych({ display_element: content, use_webaudio: false, override_safe_mode: true });

  let stopped = false;
  /** Shows the last page, once; whatever was under way comes to nothing. */
  function stop(ending: Ending, error?: unknown): void {
    if (stopped) return;
    stopped = true;
    window.removeEventListener("beforeunload", warnOfLoss);
    endingPage(
      content,
      ending,
      {
        completion: participation.session?.completion,
        withdrawal: info.consent.withdrawal,
        error,
        again: () => {
          if (ending === "unknown") participation.forget();
          location.reload();
        },
      },
      say,
    );
    if (jsPsych.getDisplayElement() !== undefined) jsPsych.abortExperiment();
  }
  function fail(error: unknown): void {
    const ending = endingOf(error);
    if (ending === "fault") console.error(error);
    stop(ending, error);
  }

  yieldToOtherTabs(keep, () => stop("elsewhere"));
  if (!keep.lasting()) window.addEventListener("beforeunload", warnOfLoss);
  try {
    await participation.resume();
    if (participation.session === undefined && invitation.kind !== "invited") throw new Ended(invitation.kind);
    // jsPsych focuses what it shows in; that is no stop for the Tab key.
    const timeline = studyTimeline({ info, participation, delivery, say });
    const mode = rehearsal();
    const running = mode === undefined ? jsPsych.run(timeline) : jsPsych.simulate(timeline, mode);
    content.tabIndex = -1;
    await running;
    stop(participation.session!.state as Ending);
  } catch (error) {
    fail(error);
  }
}

/** `?simulate=visual` or `data-only`, only where the server runs on this very machine: no participant has it do the work. */
function rehearsal(): "visual" | "data-only" | undefined {
  const mode = new URLSearchParams(location.search).get("simulate");
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  return here && (mode === "visual" || mode === "data-only") ? mode : undefined;
}

/** The browser's storage, or undefined where it is switched off (reading the property throws). */
function browserStorage(): Storage | undefined {
  try {
    const storage = window.localStorage;
    storage.setItem("oversight.probe", "");
    storage.removeItem("oversight.probe");
    return storage;
  } catch {
    return undefined;
  }
}

/** One tab at a time: the one that was opened last. */
function yieldToOtherTabs(keep: Keep, onYield: () => void): void {
  const own = `${Date.now()}.${Math.random()}`;
  const look = () => {
    const owner = keep.read<string>(ownerKey);
    if (owner !== undefined && owner !== own) onYield();
  };
  window.addEventListener("storage", (event) => {
    if (isOwnerChange(event)) look();
  });
  // A page that comes back from the browser's cache was told nothing meanwhile.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) look();
  });
  keep.write(ownerKey, own);
}

/** Only where nothing is kept: a reload would lose the place. */
function warnOfLoss(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function waitOrOnline(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
  });
}
