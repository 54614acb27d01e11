/**
 * The list of dead letters. Fetches it again when their number or the reconcile changes, but not too often.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeadLetterList, Snapshot } from '../../protocol.ts';

const APART_MS = 1_500;

export function useDeadLetters({ metrics, reconcile }: Snapshot): DeadLetterList | undefined {
  const [list, setList] = useState<DeadLetterList>();
  const askedAtMs = useRef(Number.NEGATIVE_INFINITY);
  const change = `${metrics.deadLetters} ${metrics.poison} ${reconcile.state}`;
  useEffect(() => {
    const waitMs = Math.max(0, askedAtMs.current + APART_MS - performance.now());
    const timer = setTimeout(() => {
      askedAtMs.current = performance.now();
      // If the fetch fails, the last list stays. The top bar shows that the connection is lost.
      void fetchList().then((next) => setList((before) => next ?? before));
    }, waitMs);
    return () => clearTimeout(timer);
  }, [change]);
  return list;
}

async function fetchList(): Promise<DeadLetterList | undefined> {
  try {
    const response = await fetch('/console/dead-letters');
    return response.ok ? ((await response.json()) as DeadLetterList) : undefined;
  } catch {
    return undefined;
  }
}
