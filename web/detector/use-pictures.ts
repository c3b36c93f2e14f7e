/** The images on the page, each opened, framed and judged as soon as the detector is there. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Crop, middleSquare, type Size, sameCrop } from "./crop.ts";
import type { Judge, Judged } from "./judge.ts";
import { openImage } from "./open-image.ts";

export interface Picture {
  id: number;
  name: string;
  file: Blob;
  /** Of the file, for elements that show it. */
  url: string;
  /** Once it is open. */
  framed?: { size: Size; crop: Crop };
  judged?: Judged;
  failure?: string;
}

export interface Pictures {
  list: readonly Picture[];
  chosen: Picture | undefined;
  /** Opens and judges them; the first becomes the chosen one. */
  add: (files: readonly File[]) => void;
  choose: (id: number) => void;
  /** Judges another part of it. */
  frame: (id: number, crop: Crop) => void;
  remove: (id: number) => void;
}

let ids = 0;

export function usePictures(judge: Judge): Pictures {
  const [list, setList] = useState<readonly Picture[]>([]);
  const [chosenId, choose] = useState<number>();
  const change = useCallback((id: number, part: Partial<Picture>) => {
    setList((pictures) => pictures.map((picture) => (picture.id === id ? { ...picture, ...part } : picture)));
  }, []);
  /** What was last asked for each image; an answer about an earlier frame comes too late. */
  const asked = useRef(new Map<number, Crop>());

  const ask = useCallback(
    async (id: number, file: Blob, size: Size, crop: Crop) => {
      asked.current.set(id, crop);
      change(id, { framed: { size, crop }, failure: undefined });
      const outcome = await judge.judge(file, crop).then(
        (judged) => ({ judged }),
        (error: Error) => ({ failure: error.message, judged: undefined }),
      );
      if (asked.current.get(id) === crop) change(id, outcome);
    },
    [judge, change],
  );

  const add = useCallback(
    (files: readonly File[]) => {
      const added = files.map(
        (file): Picture => ({ id: ++ids, name: file.name, file, url: URL.createObjectURL(file) }),
      );
      if (added.length === 0) return;
      setList((pictures) => [...pictures, ...added]);
      choose(added[0].id);
      for (const { id, file, url } of added) {
        openImage(file, url).then(
          (size) => ask(id, file, size, middleSquare(size)),
          (error: Error) => change(id, { failure: error.message }),
        );
      }
    },
    [ask, change],
  );

  const current = useRef(list);
  current.current = list;
  // A detector that is loaded at the second attempt judges what has waited.
  useEffect(() => {
    for (const { id, file, framed, judged } of current.current) {
      if (framed && !judged) ask(id, file, framed.size, framed.crop);
    }
  }, [judge]);

  const frame = (id: number, crop: Crop) => {
    const picture = list.find((one) => one.id === id);
    if (!picture?.framed || sameCrop(picture.framed.crop, crop)) return;
    ask(id, picture.file, picture.framed.size, crop);
  };
  const remove = (id: number) => {
    const at = list.findIndex((one) => one.id === id);
    URL.revokeObjectURL(list[at].url);
    asked.current.delete(id);
    setList(list.filter((one) => one.id !== id));
    choose((list[at + 1] ?? list[at - 1])?.id);
  };
  return { list, chosen: list.find(({ id }) => id === chosenId), add, choose, frame, remove };
}
