/** How often the page was left: hidden, closed, or out of focus. Leaving by both ways at once counts once. */

/**
 * @param root counting ends when it has left the page
 * @returns how to stop before that
 */
export function countAbsences(root: Element, onLeave: () => void): () => void {
  let away = false;
  const listeners = new AbortController();
  const look = () => {
    if (!root.isConnected) return listeners.abort();
    const now = document.visibilityState === "hidden" || !document.hasFocus();
    if (now && !away) onLeave();
    away = now;
  };
  const { signal } = listeners;
  document.addEventListener("visibilitychange", look, { signal });
  window.addEventListener("blur", look, { signal });
  window.addEventListener("focus", look, { signal });
  window.addEventListener("pagehide", look, { signal });
  return () => listeners.abort();
}
