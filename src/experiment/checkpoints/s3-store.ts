/**
 * Checkpoints in an S3-compatible object store. Credentials, region and endpoint come from the environment, as the AWS SDK
 * reads them (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, …). The list of files is written last: without it a
 * checkpoint counts for nothing.
 */
import { once } from "node:events";
import { createReadStream, createWriteStream, fstatSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import { InputError } from "../../base/errors.ts";
import { parseJson } from "../../base/schema.ts";
import { type CheckpointStore, filesToSave } from "./checkpoint-store.ts";

const listName = "files.json";
const listSchema = z.array(z.object({ name: z.string(), size: z.int().min(0) }));

/** @throws InputError when the place is not `s3://bucket/prefix` */
export function openS3Store(place: string): CheckpointStore {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(place) ?? [];
  if (bucket === undefined) throw new InputError(`--checkpoints ${place}: expected s3://bucket/prefix`);
  const client = new S3Client({
    // Servers other than Amazon's rarely take the bucket as a part of the host's name, or newer checksums.
    forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const objectKey = (key: string, name: string) => [prefix, key, name].filter((part) => part !== "").join("/");

  const during = async <T>(action: string, key: string, step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      if (error instanceof InputError) throw error;
      const { name, message } = error as Error;
      throw new InputError(`cannot ${action} the checkpoint ${place}/${key}: ${name}: ${message.split("\n")[0]}`);
    }
  };
  const get = async (key: string, name: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: objectKey(key, name) }));
    return Body as Readable & { transformToString(): Promise<string> };
  };
  const put = (key: string, name: string, body: string | Readable, size: number) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: objectKey(key, name), Body: body, ContentLength: size }));
  const readList = async (key: string) =>
    parseJson(listSchema, await (await get(key, listName)).transformToString(), `${place}/${key}/${listName}`);

  return {
    save: (key, folder) =>
      during("write", key, async () => {
        const list: z.infer<typeof listSchema> = [];
        for (const name of filesToSave(folder)) {
          const stream = createReadStream(join(folder, name));
          const [descriptor] = (await once(stream, "open")) as [number];
          // Of what is read: another file may have taken its name meanwhile.
          const { size } = fstatSync(descriptor);
          await put(key, name, stream, size);
          list.push({ name, size });
        }
        const text = JSON.stringify(list);
        await put(key, listName, text, Buffer.byteLength(text));
      }),
    load: (key, folder) =>
      during("read", key, async () => {
        const list = await readList(key);
        await rm(folder, { recursive: true, force: true });
        for (const { name, size } of list) {
          const file = join(folder, name);
          await mkdir(dirname(file), { recursive: true });
          await pipeline(await get(key, name), createWriteStream(file));
          if (statSync(file).size !== size)
            throw new InputError(`${place}/${key}/${name}: not as long as it was written`);
        }
      }),
    remove: (key) =>
      during("remove", key, async () => {
        const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: `${objectKey(key, "")}/` });
        for await (const { Contents = [] } of pages) {
          const Objects = Contents.map(({ Key }) => ({ Key: Key! }));
          if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
        }
      }),
  };
}
