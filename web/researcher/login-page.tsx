/** Login by password, or by the link that the server printed when it started. */
import { useEffect, useState } from "preact/hooks";
import { post } from "../shared/server.ts";

export function LoginPage({ enter }: { enter: () => void }) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const logIn = async (body: { password: string } | { token: string }) => {
    setBusy(true);
    setError(undefined);
    try {
      await post("/login", body);
      enter();
    } catch (failure) {
      setError((failure as Error).message);
      setBusy(false);
    }
  };

  // Once, and again when another link is opened in this tab.
  useEffect(() => {
    const useLink = () => {
      const token = /^#token=(.+)$/.exec(location.hash)?.[1];
      if (token === undefined) return;
      // The token is not to stay in the address bar or the history.
      history.replaceState(null, "", location.pathname);
      void logIn({ token });
    };
    useLink();
    addEventListener("hashchange", useLink);
    return () => removeEventListener("hashchange", useLink);
  }, []);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget as HTMLFormElement).get("password");
    void logIn({ password: String(password) });
  };

  useEffect(() => {
    document.title = "Log in · Oversight";
  }, []);

  return (
    <main class="login">
      <h1>Oversight</h1>
      <p>The researcher’s pages of this study.</p>
      <form onSubmit={submit}>
        <input type="text" name="username" value="researcher" autocomplete="username" hidden readOnly />
        <label>
          Password
          <input
            type="password"
            name="password"
            required
            autocomplete="current-password"
            aria-describedby="login-error"
          />
        </label>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? "Logging in …" : "Log in"}
        </button>
        <p id="login-error" role="alert" class="error">
          {error}
        </p>
      </form>
      <p class="soft">
        No password? Open the link that <code>oversight study serve</code> printed when it started.
      </p>
    </main>
  );
}
