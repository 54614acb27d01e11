/** The URL contains the shown restaurant, so that a link opens its dialog and Back closes it. */
import { useEffect, useState } from 'preact/hooks';

const prefix = '#/restaurants/';

export function useShownRestaurant(): string | undefined {
  const [shown, setShown] = useState(read);
  useEffect(() => {
    const update = (): void => setShown(read());
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return shown;
}

export function openRestaurant(restaurant: string): void {
  location.hash = prefix + encodeURIComponent(restaurant);
}

export function closeRestaurant(): void {
  history.replaceState(null, '', location.pathname);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function read(): string | undefined {
  if (!location.hash.startsWith(prefix)) return undefined;
  try {
    return decodeURIComponent(location.hash.slice(prefix.length)) || undefined;
  } catch {
    return undefined;
  }
}
