/** The lists of images and of participants from the overview: chosen, sorted, and a page of them. Pure. */
import { groupBy } from "../../../base/group-by.ts";
import type { Condition } from "../../contract/api.ts";
import type {
  ImageRow,
  ImagesQuery,
  Page,
  ParticipantRow,
  ParticipantsQuery,
  ShownImage,
} from "../../contract/researcher-api.ts";
import type { ImageSums, ParticipantSums } from "../../database/researcher-queries.ts";
import { shownSize } from "../../images/shown-size.ts";
import type { Study, StudyImage } from "../../study-file.ts";
import { shareOf, sum } from "./live.ts";
import type { Overview } from "./overview.ts";

export function imagesPage(study: Study, overview: Overview, query: ImagesQuery): Page<ImageRow> {
  const wanted = query.search?.toLocaleLowerCase();
  const chosen = study.images.filter(
    ({ role, name, label, source }) =>
      role === query.role &&
      (wanted === undefined || [name, label, source ?? ""].some((text) => text.toLocaleLowerCase().includes(wanted))),
  );
  const sums = groupBy(overview.images, ({ image }) => image);
  const rows = chosen.map((image) => imageRow(study, image, sums.get(image.id) ?? []));
  const key = {
    id: ({ id }: ImageRow) => id,
    name: ({ name }: ImageRow) => name,
    source: ({ source }: ImageRow) => source,
    judgements: ({ judgements }: ImageRow) => sum(Object.values(judgements), (count) => count),
    marked: ({ marked }: ImageRow) => marked,
    accuracy: ({ accuracy }: ImageRow) => accuracy?.share ?? null,
  }[query.sort];
  return pageOf(rows, key, query);
}

/** @param sums of this image, one for each condition in which it was judged */
export function imageRow(study: Study, image: StudyImage, sums: readonly ImageSums[]): ImageRow {
  const judgements: Partial<Record<Condition, number>> = {};
  for (const row of sums) judgements[row.condition] = row.judgements;
  const both = study.protocol.marking.on === "both";
  // What must be marked is marked, else the trial would not have been accepted.
  const marked = sum(sums, ({ condition, chosen, judgements: all }) =>
    condition === "choice-and-mark" ? (both ? all : chosen) : 0,
  );
  return { ...shownImage(study, image), role: image.role, judgements, marked, accuracy: shareOf(sums) };
}

export function shownImage({ protocol }: Study, image: StudyImage): ShownImage {
  const { id, name, label, source } = image;
  return { id, name, label, source, ...shownSize(image, protocol.images.longestSide) };
}

export function participantsPage(overview: Overview, query: ParticipantsQuery): Page<ParticipantRow> {
  const chosen = overview.participants.filter(
    ({ state, condition }) =>
      (query.state === undefined || state === query.state) &&
      (query.condition === undefined || condition === query.condition),
  );
  const key = {
    id: ({ id }: ParticipantRow) => id,
    state: ({ state }: ParticipantRow) => state,
    condition: ({ condition }: ParticipantRow) => condition,
    done: ({ done }: ParticipantRow) => done,
    accuracy: ({ accuracy }: ParticipantRow) => accuracy?.share ?? null,
    time: ({ medianResponseMs }: ParticipantRow) => medianResponseMs,
    lastSeen: ({ lastSeenAt }: ParticipantRow) => lastSeenAt,
  }[query.sort];
  return pageOf(chosen.map(participantRow), key, query);
}

export function participantRow({ graded, correct, catches: _, ...sums }: ParticipantSums): ParticipantRow {
  return { ...sums, accuracy: shareOf([{ graded, correct }]) };
}

interface PageQuery {
  page: number;
  pageSize: number;
  descending: boolean;
}

/** Rows without a key come last either way; equals stay in the order of their ids. A page beyond the last is empty. */
function pageOf<Row extends { id: number }>(
  rows: Row[],
  key: (row: Row) => string | number | null,
  { page, pageSize, descending }: PageQuery,
): Page<Row> {
  const keyed = rows.map((row) => ({ row, key: key(row) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    const order = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
    return descending ? -order : order;
  });
  const first = (page - 1) * pageSize;
  return { rows: keyed.slice(first, first + pageSize).map(({ row }) => row), total: rows.length, page, pageSize };
}
