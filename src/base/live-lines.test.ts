import { expect, test } from "vitest";
import { startLiveLines } from "./live-lines.ts";

const sequence = "\u001b\\[";
const pieces = new RegExp(`(${sequence}\\d*[AJ]|\r|\n)`);
const upwards = new RegExp(`^${sequence}(\\d+)A$`);

/** What a terminal shows of what was written: understands only what live lines write. */
function screen(columns = 20) {
  const rows: string[] = [""];
  let below = 0;
  return {
    stream: {
      isTTY: true,
      columns,
      write(text: string) {
        for (const part of text.split(pieces)) {
          const up = upwards.exec(part);
          if (up !== null) {
            below += Number(up[1]);
          } else if (part === "\u001b[J") {
            rows.splice(rows.length - below - 1);
            rows.push("");
            below = 0;
          } else if (part === "\n") rows.push("");
          else if (part !== "\r") rows[rows.length - 1] += part;
        }
      },
    },
    rows: () => rows.filter((row) => row !== ""),
  };
}
test("lines that stay stand above lines that are written over, cut to the terminal's width", () => {
  let time = 0;
  const { stream, rows } = screen();
  const lines = startLiveLines(stream, () => time);
  lines.show(["first 1", "second 1"]);
  lines.say("began");
  expect(rows()).toEqual(["began", "first 1", "second 1"]);
  time += 1000;
  lines.show(["first 2, which is much too long"]);
  expect(rows()).toEqual(["began", "first 2, which is …"]);
  lines.say("ended");
  expect(rows()).toEqual(["began", "ended", "first 2, which is …"]);
  lines.end();
  expect(rows()).toEqual(["began", "ended"]);
});

test("what comes too soon is drawn with the next", () => {
  let time = 0;
  const { stream, rows } = screen();
  const lines = startLiveLines(stream, () => time);
  lines.show(["1"]);
  lines.show(["2"]);
  expect(rows()).toEqual(["1"]);
  time += 200;
  lines.show(["3"]);
  expect(rows()).toEqual(["3"]);
});

test("piped, only what stays is written", () => {
  const written: string[] = [];
  const lines = startLiveLines({ write: (text) => written.push(text) });
  lines.show(["live"]);
  lines.say("began");
  lines.end();
  expect(written).toEqual(["began\n"]);
});
