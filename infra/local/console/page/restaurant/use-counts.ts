/** The counts of a restaurant, fetched every second while its dialog is open. */
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleCounts } from '../../protocol.ts';
import { readCounts } from './favourites-api.ts';

const POLL_APART_MS = 1_000;

export interface CountsState {
  readonly counts: ConsoleCounts | undefined;
  readonly problem: string | undefined;
}

export function useCounts(restaurant: string, windows: readonly string[]): CountsState {
  const [state, setState] = useState<CountsState>({ counts: undefined, problem: undefined });
  useEffect(() => {
    let isOpen = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async (): Promise<void> => {
      const next = await readCounts(restaurant, windows).then(
        (counts) => ({ counts, problem: undefined }),
        (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
      );
      if (!isOpen) return;
      setState((before) => ({ ...before, ...next }));
      timer = setTimeout(() => void poll(), POLL_APART_MS);
    };
    void poll();
    return () => {
      isOpen = false;
      clearTimeout(timer);
    };
  }, [restaurant, windows.join()]);
  return state;
}
