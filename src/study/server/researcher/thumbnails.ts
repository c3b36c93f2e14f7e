/** Small pictures for the gallery, made when they are first asked for; the last ones made are kept. */
import sharp from "sharp";
import { thumbnailSide } from "../../contract/researcher-api.ts";
import { OneByOne } from "./one-by-one.ts";

/** About 20 kB each. */
const mostKept = 500;

export class Thumbnails {
  private readonly kept = new Map<number, Buffer>();
  private readonly making = new OneByOne();

  /** JPEG, at most `thumbnailSide` pixels on a side. @param file of the image `id` as participants see it */
  async get(id: number, file: string): Promise<Buffer> {
    const known = this.kept.get(id);
    if (known !== undefined) return known;
    const made = await this.making.run(() =>
      sharp(file)
        .resize(thumbnailSide, thumbnailSide, { fit: "inside", withoutEnlargement: true })
        .flatten({ background: "white" })
        .jpeg({ quality: 80 })
        .toBuffer(),
    );
    this.kept.set(id, made);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= mostKept) break;
      this.kept.delete(oldest);
    }
    return made;
  }
}
