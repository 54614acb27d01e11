/** Light or dark: what the system prefers, or what was chosen here before. */
export const themes = ['auto', 'light', 'dark'] as const;

export type Theme = (typeof themes)[number];

const key = 'favourite-counts-theme';

export function storedTheme(): Theme {
  const stored = read();
  return themes.find((theme) => theme === stored) ?? 'auto';
}

/** Kept for the next visit where the browser keeps anything. */
export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A browser that keeps nothing still has the theme until it is closed.
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
