/** How a study's tables came to be: each step is taken once, in the order of the names. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "../../store/index.ts";

export const studyMigrations: Readonly<Record<string, Migration>> = { "001-study": firstTables };

async function firstTables({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable("images")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("image_counts")
    .addColumn("image", "integer", (column) => column.notNull().references("images.id"))
    .addColumn("condition", "text", (column) => column.notNull())
    .addColumn("assigned", "integer", (column) => column.notNull().check(sql`assigned >= 0`))
    .addPrimaryKeyConstraint("image_counts_key", ["condition", "image"])
    .execute();
  await schema
    .createTable("participants")
    .addColumn("id", "integer", (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn("token_hash", "text", (column) => column.notNull().unique())
    .addColumn("recruitment", "json")
    .addColumn("recruitment_key", "text", (column) => column.unique())
    .addColumn("condition", "text")
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("joined_at", "timestamptz", (column) => column.notNull())
    .addColumn("begun_at", "timestamptz")
    .addColumn("finished_at", "timestamptz")
    .addColumn("last_seen_at", "timestamptz", (column) => column.notNull())
    .addColumn("consent_version", "text")
    .addColumn("answers_before", "json")
    .addColumn("answers_after", "json")
    .addColumn("total", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("done", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("code", "text", (column) => column.unique())
    .addCheckConstraint("participants_done", sql`done between 0 and total`)
    // Nobody is paid for trials that are not stored.
    .addCheckConstraint("participants_code", sql`code is null or done = total`)
    .execute();
  // Commits change neither column, so each finds room beside its row and touches no index.
  await schema.createIndex("participants_by_state").on("participants").column("state").execute();
  await schema
    .createTable("trials")
    .addColumn("id", "integer", (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn("participant", "integer", (column) => column.notNull().references("participants.id"))
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("pair", "text", (column) => column.notNull())
    .addColumn("left_image", "integer", (column) => column.notNull().references("images.id"))
    .addColumn("right_image", "integer", (column) => column.notNull().references("images.id"))
    .addColumn("answer", "text")
    .addColumn("rest", "boolean", (column) => column.notNull())
    .addColumn("committed_at", "timestamptz")
    .addColumn("body_hash", "text")
    .addColumn("choice", "text")
    .addColumn("correct", "boolean")
    .addColumn("response_ms", "double precision")
    .addColumn("marking_ms", "double precision")
    .addColumn("chosen_by", "text")
    // json, not jsonb: numbers come back as they were sent, and a commit need not take them apart.
    .addColumn("strokes", "json")
    .addColumn("undone", "integer")
    .addColumn("display", "json")
    .addColumn("blurred", "integer")
    .addUniqueConstraint("trials_position", ["participant", "position"])
    .addCheckConstraint(
      "trials_whole",
      sql`num_nulls(committed_at, body_hash, choice, response_ms, marking_ms, chosen_by, strokes, undone, display, blurred) in (0, 10)`,
    )
    .execute();
  await schema
    .createTable("trial_images")
    .addColumn("trial", "integer", (column) => column.notNull().references("trials.id").onDelete("cascade"))
    .addColumn("participant", "integer", (column) => column.notNull())
    .addColumn("image", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("trial_images_key", ["trial", "image"])
    // The image first: the same index finds an image's trials.
    .addUniqueConstraint("trial_images_once", ["image", "participant"])
    .execute();
}
