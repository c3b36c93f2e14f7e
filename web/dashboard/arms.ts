/** How the ways to train are told apart in figures: by colour and, beyond eight, by dashes; by name in every legend. */
const colours = 8;
const dashes = ["none", "6 4", "2 3", "10 3 2 3"];

export interface ArmStyle {
  color: string;
  dash: string;
}

export function armStyle(arms: readonly string[], arm: string): ArmStyle {
  const index = Math.max(0, arms.indexOf(arm));
  return { color: `var(--arm-${(index % colours) + 1})`, dash: dashes[Math.floor(index / colours) % dashes.length] };
}
