/** The researcher's API: what it tells of a study, checked against the study's own records; and who is let in. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  ImageDetail,
  ImageRow,
  Live,
  Page,
  ParticipantDetail,
  ParticipantRow,
  TrialDetail,
} from "../../src/study/contract/researcher-api.ts";
import { readRecords } from "../../src/study/database/records.ts";
import { StudyDatabase } from "../../src/study/database/study-database.ts";
import type { StudyRecords } from "../../src/study/records.ts";
import { Researcher } from "./researcher.ts";
import { makeRig, openTestStore, type Rig, storeKinds } from "./rig.ts";
import { ageOf, howTheyDecided, questions, takePart } from "./simulated-people.ts";

describe.each(storeKinds)("the researcher's API on %s", (kind) => {
  let opened: Awaited<ReturnType<typeof openTestStore>>;
  let rig: Rig;
  let records: StudyRecords;
  let researcher: Researcher;
  beforeAll(async () => {
    opened = await openTestStore(kind);
    if (opened === undefined) return;
    rig = await makeRig(opened.store, {
      ...{ each: 12, practiceEach: 1, catchEach: 2 },
      settings: { title: "Seen by a researcher", pairs: { targetOther: 6 }, targetJudgements: 4, questions },
    });
    await takePart(rig, 12);
    records = await readRecords(await StudyDatabase.open(rig.store, rig.study));
    researcher = new Researcher(rig.app);
    await researcher.logIn();
  });
  afterAll(async () => {
    await rig?.close();
    await opened?.close();
  });
  const test = (name: string, run: () => Promise<void>) =>
    it(name, async (context) => {
      if (opened === undefined) context.skip("PostgreSQL is not installed");
      await run();
    });
  const mainImages = () => records.images.filter(({ role }) => role === "main");

  test("the live page's numbers are those of the records", async () => {
    const live = await researcher.get<Live>("/live");
    expect(live).toMatchObject({ title: "Seen by a researcher", targetJudgements: 4, catchTrials: 2 });
    expect(live.trials).toBe(records.trials.length);
    const states = live.participants.map(({ state, count }) => [state, count]);
    expect(states.filter(([state]) => state === "complete").reduce((sum, [, count]) => sum + Number(count), 0)).toBe(
      records.participants.filter(({ state }) => state === "complete").length,
    );
    expect(live.lastActivityAt).toBe(
      records.participants
        .map(({ lastSeenAt }) => lastSeenAt)
        .sort()
        .at(-1),
    );
    for (const condition of ["choice-only", "choice-and-mark"] as const) {
      const main = records.trials.filter((trial) => trial.condition === condition && trial.kind === "main");
      const correct = main.filter((trial) => trial.correct).length;
      const { result, participants } = live.accuracy.find((row) => row.condition === condition)!;
      expect(result).toMatchObject({ correct, of: main.length, share: correct / main.length });
      expect(result!.low).toBeLessThan(result!.share);
      expect(participants).toBe(new Set(main.map(({ participant }) => participant)).size);

      const judgements = live.judgements.find((row) => row.condition === condition)!;
      expect(judgements.total).toBe(2 * main.length);
      for (const { judgements: count, images } of judgements.images) {
        const so = mainImages().filter(
          ({ id }) => main.filter(({ left, right }) => left === id || right === id).length === count,
        );
        expect(images).toBe(so.length);
      }
      expect(judgements.images.reduce((sum, { images }) => sum + images, 0)).toBe(mainImages().length);

      const times = main.map(({ responseMs }) => responseMs).sort((a, b) => a - b);
      const { response } = live.times.find((row) => row.condition === condition)!;
      const middle = (times.length - 1) / 2;
      expect(response!.count).toBe(times.length);
      expect(response!.p50).toBeCloseTo((times[Math.floor(middle)] + times[Math.ceil(middle)]) / 2, 6);

      const catches = live.catches.filter((row) => row.condition === condition);
      const failed = records.trials.filter((t) => t.condition === condition && t.kind === "catch" && !t.correct);
      expect(catches.reduce((sum, row) => sum + row.failed * row.participants, 0)).toBe(failed.length);
    }
    // Nobody has stayed away for too long yet.
    expect(live.dropOut.map(({ left }) => left)).toEqual([0, 0]);
  });

  test("lists images with their judgements, sorted, searched and by pages", async () => {
    const all = await researcher.get<Page<ImageRow>>("/images?sort=judgements&descending=true&pageSize=200");
    expect(all.total).toBe(mainImages().length);
    const total = ({ judgements }: ImageRow) => Object.values(judgements).reduce((sum, count) => sum + count, 0);
    expect(all.rows.map(total)).toEqual(all.rows.map(total).sort((a, b) => b - a));
    for (const row of all.rows) {
      const shown = records.trials.filter(({ left, right }) => left === row.id || right === row.id);
      expect(total(row)).toBe(shown.length);
      expect(row.accuracy?.correct ?? 0).toBe(shown.filter(({ correct }) => correct).length);
      const marked = shown.filter(({ left, strokes }) => strokes[left === row.id ? "left" : "right"].length > 0);
      expect(row.marked).toBe(marked.length);
    }
    const second = await researcher.get<Page<ImageRow>>("/images?sort=judgements&descending=true&pageSize=5&page=2");
    expect(second.rows).toEqual(all.rows.slice(5, 10));
    const found = await researcher.get<Page<ImageRow>>("/images?search=sYnThEtIc&pageSize=200");
    expect(found.rows.map(({ id }) => id)).toEqual(
      mainImages()
        .filter(({ label }) => label === "Synthetic")
        .map(({ id }) => id),
    );
    const practice = await researcher.get<Page<ImageRow>>("/images?role=practice");
    expect(practice.rows.every(({ role }) => role === "practice") && practice.total > 0).toBe(true);
  });

  test("shows an image with each judgement's strokes, as picture and as thumbnail", async () => {
    const { rows } = await researcher.get<Page<ImageRow>>("/images?sort=marked&descending=true&pageSize=1");
    const image = await researcher.get<ImageDetail>(`/images/${rows[0].id}`);
    expect(image.list.length).toBeGreaterThan(0);
    for (const judgement of image.list) {
      const trial = records.trials.find(({ id }) => id === judgement.trial)!;
      const side = trial.left === image.id ? "left" : "right";
      expect([trial.left, trial.right]).toContain(image.id);
      expect(judgement).toMatchObject({
        participant: trial.participant,
        condition: trial.condition,
        correct: trial.correct,
        chosen: trial.choice === side,
        strokes: trial.strokes[side],
      });
    }
    expect(image.list.some(({ strokes }) => strokes.length > 0)).toBe(true);
    for (const [what, type] of [
      ["picture", "image/png"],
      ["thumbnail", "image/jpeg"],
    ]) {
      const answer = await researcher.ask("GET", `/images/${image.id}/${what}`);
      expect(answer.headers["content-type"]).toBe(type);
      expect(answer.headers["cache-control"]).toContain("private");
      expect(answer.rawPayload.byteLength).toBeGreaterThan(500);
    }
  });

  test("shows participants as numbers, and one's whole record", async () => {
    const page = await researcher.get<Page<ParticipantRow>>("/participants?sort=done&pageSize=100");
    expect(page.total).toBe(12);
    const done = page.rows.map((row) => row.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    const complete = await researcher.get<Page<ParticipantRow>>(
      "/participants?state=complete&condition=choice-and-mark",
    );
    expect(complete.rows.length).toBeGreaterThan(0);
    expect(complete.rows.every((row) => row.state === "complete" && row.condition === "choice-and-mark")).toBe(true);

    const id = complete.rows[0].id;
    const detail = await researcher.get<ParticipantDetail>(`/participants/${id}`);
    const own = records.trials.filter(({ participant }) => participant === id);
    expect(detail.list.map((trial) => trial.id)).toEqual(own.map((trial) => trial.id));
    expect(detail.answers).toEqual([
      { form: "before", id: "age", question: "How old are you?", answer: ageOf(id) },
      { form: "after", id: "how", question: "How did you decide?", answer: howTheyDecided },
    ]);
    const main = own.filter((trial) => trial.kind === "main");
    expect(detail.accuracy).toMatchObject({ of: main.length, correct: main.filter(({ correct }) => correct).length });
    expect(Object.keys(detail)).not.toContain("recruitment");
    for (const [i, { strokes }] of own.entries()) {
      expect(detail.list[i].strokeCount).toBe(strokes.left.length + strokes.right.length);
      expect(detail.list[i].left.id).toBe(own[i].left);
      expect((await researcher.get<TrialDetail>(`/trials/${own[i].id}`)).strokes).toEqual(strokes);
    }
  });

  test("counts whoever stayed away for too long as dropped out", async () => {
    const away = records.participants.filter(({ state }) => state === "trials");
    expect(away.length).toBeGreaterThan(0);
    rig.clock.now += 25 * 3_600_000;
    await researcher.logIn();
    const live = await researcher.get<Live>("/live");
    const left = live.dropOut.reduce((sum, row) => sum + row.left, 0);
    expect(left).toBe(away.length);
    for (const { began, left: gone, curve } of live.dropOut) {
      expect(curve[0].trials).toBe(0);
      if (gone > 0) expect(curve.at(-1)!.staying).toBeCloseTo((began - gone) / began, 10);
    }
    const expired = await researcher.get<Page<ParticipantRow>>("/participants?state=expired");
    expect(expired.rows.map(({ id }) => id)).toEqual(away.map(({ id }) => id));
  });

  test("refuses what does not exist and what is malformed", async () => {
    const status = async (path: string) => (await researcher.ask("GET", path)).statusCode;
    for (const path of ["/images/99999", "/images/0", "/images/1e3", "/images/1;drop table trials", "/images/-1"])
      expect([path, await status(path)]).toEqual([path, 404]);
    for (const path of [
      "/images/99999/picture",
      "/images/..%2f..%2fsecret.json/picture",
      "/trials/999999999",
      "/trials/x",
    ])
      expect([path, await status(path)]).toEqual([path, 404]);
    for (const path of ["/participants/99999", "/participants/1'--"])
      expect([path, await status(path)]).toEqual([path, 404]);
    for (const query of ["page=0", "page=x", "pageSize=100000", "sort=name;drop", "role=none", "search=", "extra=1"])
      expect([query, await status(`/images?${query}`)]).toEqual([query, 400]);
    expect(await status("/participants?state=rich")).toBe(400);
    const search = encodeURIComponent("'; drop table trials; --");
    expect(await researcher.get<Page<ImageRow>>(`/images?search=${search}`)).toMatchObject({ rows: [], total: 0 });
  });
});
