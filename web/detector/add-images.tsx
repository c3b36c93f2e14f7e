/** Ways for an image onto the page: dropped anywhere, pasted, chosen, or taken with a phone's camera. */
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  add: (files: readonly File[]) => void;
  /** While there is nothing else on the page. */
  large: boolean;
}

const noFile =
  "There was no image file in that. This page fetches nothing from other places: save the image first, or copy it itself rather than its address.";

export function AddImages({ add, large }: Props) {
  const [over, setOver] = useState(false);
  const [complaint, setComplaint] = useState<string>();
  useEffect(() => {
    const take = (data: DataTransfer | null) => {
      const files = [...(data?.files ?? [])];
      setComplaint(files.length === 0 ? noFile : undefined);
      add(files);
    };
    const events = {
      dragover: (event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      },
      dragleave: (event: DragEvent) => {
        if (event.relatedTarget === null) setOver(false);
      },
      drop: (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer);
      },
      paste: (event: ClipboardEvent) => {
        // Into a field goes what is pasted there.
        if (event.target instanceof HTMLInputElement && event.target.type === "number") return;
        take(event.clipboardData);
      },
    };
    const all = Object.entries(events) as [string, EventListener][];
    for (const [name, listener] of all) document.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of all) document.removeEventListener(name, listener);
    };
  }, [add]);

  const choose = (files: readonly File[]) => {
    setComplaint(undefined);
    add(files);
  };
  return (
    <section class={`add ${large ? "large" : ""} ${over ? "over" : ""}`} aria-label="Add images">
      <p class="invitation">
        <strong>Drop an image anywhere on this page</strong>, or paste one.
      </p>
      <div class="ways">
        <FileButton words="Choose images" add={choose} />
        <FileButton words="Take a photo" add={choose} camera />
      </div>
      {complaint && (
        <p class="notice error" role="alert">
          {complaint}
        </p>
      )}
    </section>
  );
}

function FileButton({ words, add, camera = false }: { words: string; add: Props["add"]; camera?: boolean }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={camera ? "secondary camera" : "primary"} onClick={() => field.current!.click()}>
        {words}
      </button>
      <input
        ref={field}
        type="file"
        accept="image/*"
        multiple={!camera}
        capture={camera ? "environment" : undefined}
        aria-label={words}
        hidden
        onChange={({ currentTarget }) => {
          add([...(currentTarget.files ?? [])]);
          // The same file may be chosen again.
          currentTarget.value = "";
        }}
      />
    </>
  );
}
