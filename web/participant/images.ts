/** Images by their address, decoded before they are shown, so that both of a pair are painted at once. */
import { type Delivery, deliver, Refused, Unreachable } from "./deliver.ts";

/** Kept while they may still be shown: those of this trial and the next. */
const loaded = new Map<string, Promise<HTMLImageElement>>();

/** Loads and decodes; tries again while the network is down. */
export function loadImage(url: string, delivery: Delivery): Promise<HTMLImageElement> {
  let image = loaded.get(url);
  if (image === undefined) {
    image = deliver(() => attempt(url), delivery);
    loaded.set(url, image);
    image.catch(() => loaded.delete(url));
  }
  return image;
}

/** Forgets all but these. */
export function keepImages(urls: readonly string[]): void {
  for (const url of loaded.keys()) if (!urls.includes(url)) loaded.delete(url);
}

async function attempt(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return image;
  } catch {
    throw await whyNot(url);
  }
}

/** An image says no more than that it failed; a request says why. */
async function whyNot(url: string): Promise<Error> {
  try {
    const { ok, status } = await fetch(url, { cache: "no-store" });
    return ok ? new Unreachable(url) : new Refused(status, undefined, `GET ${url}: ${status}`);
  } catch (error) {
    return new Unreachable(String(error));
  }
}

/** When what is in the page now has been painted: after the frame in which it is. */
export function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}
