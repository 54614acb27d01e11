/** Light or dark: the system's preference, or the choice of an earlier visit. */
export const themes = ['auto', 'light', 'dark'] as const;

export type Theme = (typeof themes)[number];

const key = 'favourite-counts-theme';

export function storedTheme(): Theme {
  const stored = read();
  return themes.find((theme) => theme === stored) ?? 'auto';
}

/** Applies the theme, and stores the choice for the next visit. */
export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  try {
    localStorage.setItem(key, theme);
  } catch {
    // If storage is blocked, the theme lasts until the page closes.
  }
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
}

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
