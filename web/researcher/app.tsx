/** Login first, then the page that the address names. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Route, useRoute } from "../shared/route.ts";
import { loggedOut, post } from "../shared/server.ts";
import { GalleryPage } from "./gallery-page.tsx";
import { ImagePage } from "./image-page.tsx";
import { LivePage } from "./live-page.tsx";
import { LoginPage } from "./login-page.tsx";
import { ParticipantPage } from "./participant-page.tsx";
import { ParticipantsPage } from "./participants-page.tsx";

const pages = [
  ["live", "Live"],
  ["images", "Images"],
  ["participants", "Participants"],
] as const;

export function App() {
  const [inside, setInside] = useState(!location.hash.startsWith("#token="));
  useEffect(() => {
    const end = () => setInside(false);
    loggedOut.addEventListener("end", end);
    return () => loggedOut.removeEventListener("end", end);
  }, []);
  return inside ? <Inside /> : <LoginPage enter={() => setInside(true)} />;
}

function Inside() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const place = route.path.join("/");
  const first = useRef(true);
  // After a step to another page, a screen reader and the tab key go on from its beginning.
  useEffect(() => {
    if (!first.current) {
      main.current?.focus();
      scrollTo(0, 0);
    }
    first.current = false;
  }, [place]);
  const logOut = async () => {
    try {
      await post("/logout");
    } finally {
      loggedOut.dispatchEvent(new Event("end"));
    }
  };
  const current = route.path[0] ?? "live";
  return (
    <>
      <header class="bar">
        <button type="button" class="skip" onClick={() => main.current?.focus()}>
          To the content
        </button>
        <strong>Oversight</strong>
        <nav aria-label="Pages">
          {pages.map(([name, title]) => (
            <a key={name} href={`#/${name}`} aria-current={current === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <button type="button" class="quiet" onClick={logOut}>
          Log out
        </button>
      </header>
      <main ref={main} tabIndex={-1} key={place}>
        <Page route={route} />
      </main>
    </>
  );
}

function Page({ route }: { route: Route }) {
  const [page = "live", id] = route.path;
  if (page === "live") return <LivePage />;
  if (page === "images") return id ? <ImagePage id={id} route={route} /> : <GalleryPage route={route} />;
  if (page === "participants")
    return id ? <ParticipantPage id={id} route={route} /> : <ParticipantsPage route={route} />;
  return (
    <p class="notice">
      There is no such page. <a href="#/live">To the live page</a>
    </p>
  );
}
