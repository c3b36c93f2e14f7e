/** What became of everybody who joined, as a flow diagram. */
import type { Counts, Flow, StudyAnalysis } from "../../study/analysis/index.ts";
import { conditions as allConditions } from "../../study/contract/api.ts";
import { count } from "../format.ts";
import { type Html, type HtmlValue, html } from "../html.ts";
import type { Section } from "../page.ts";
import { conditionNames, countOf } from "./words.ts";

const stepNames: Record<Flow["steps"][number]["name"], string> = {
  joined: "Joined",
  consented: "Consented",
  eligible: "Eligible",
  begun: "Began the trials",
  analysed: "Analysed",
};

export function flowSection({ flow, underWay }: StudyAnalysis): Section {
  const body = html`
<p>Every participant is counted once, and leaves for the first reason that holds. The rules after the trials are those of the
study file, in its order.</p>
${
  underWay > 0 &&
  html`<p class="absent">${countOf(underWay, "participant is", "participants are")} still under way, so these numbers may
change. Whoever tests again and again while data come in, and stops when p is small, will find effects that are not there.</p>`
}
<ol class="flow">${flow.steps.map(
    ({ name, participants, losses }) => html`
<li><div class="step"><strong>${stepNames[name]}</strong> <span class="number">${count(participants.all)}</span>${byCondition(participants)}${
      name === "begun" && html`<div class="also">${count(flow.completed.all)} of them committed all trials</div>`
    }</div>${losses.length > 0 && html`<ul class="losses">${losses.map(loss)}</ul>`}</li>`,
  )}
</ol>`;
  return { id: "flow", title: "Participants", body };
}

const loss = ({ reason, participants }: Flow["steps"][number]["losses"][number]): Html =>
  html`<li><span class="number">${count(participants.all)}</span> ${reason}${
    participants.all > 0 && byCondition(participants)
  }</li>`;

function byCondition({ byCondition: counts }: Counts): HtmlValue {
  if (counts === null) return null;
  const named = allConditions.flatMap((condition) => {
    const number = counts[condition];
    return number === undefined ? [] : [`${conditionNames[condition]} ${count(number)}`];
  });
  return html` <small>${named.join(", ")}</small>`;
}
