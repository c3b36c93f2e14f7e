/** Which marks are shown and how, and what their colours mean. */

import { Select } from "../shared/page-parts.tsx";
import { type Route, replaceWith } from "../shared/route.ts";
import { type MarksFilter, marksFilterOf } from "./marked-image.tsx";
import { conditionWords } from "./words.ts";

const shown = [
  ["marks", "all marks"],
  ["map", "the resulting map"],
  ["none", "the image alone"],
] as const;

export function MarksControls({ route }: { route: Route }) {
  const { overlay, correctOnly, condition } = marksFilterOf(route);
  return (
    <>
      <Select label="Show" value={overlay} options={shown} choose={(name) => replaceWith(route, { overlay: name })} />
      <Select
        label="Condition"
        value={condition ?? ""}
        options={[["", "all"], ...Object.entries(conditionWords)]}
        choose={(name) => replaceWith(route, { condition: name })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={correctOnly}
          onChange={(event) => replaceWith(route, { correct: event.currentTarget.checked ? "only" : undefined })}
        />
        Right choices only
      </label>
      <Legend overlay={overlay} />
    </>
  );
}

function Legend({ overlay }: Pick<MarksFilter, "overlay">) {
  if (overlay === "none") return null;
  if (overlay === "map")
    return (
      <p class="legend">
        marked by few <i class="scale" /> by most
      </p>
    );
  return (
    <p class="legend">
      <span>
        <i class="swatch right" /> right choice
      </span>
      <span>
        <i class="swatch wrong" /> wrong choice
      </span>
      <span>
        <i class="swatch open" /> no right answer
      </span>
    </p>
  );
}
