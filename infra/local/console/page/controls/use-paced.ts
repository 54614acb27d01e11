/** Calls at most every so often, the last one always: a slider that is dragged must not flood the server. */
import { useEffect, useRef } from 'preact/hooks';

const APART_MS = 150;

export function usePaced<Value>(act: (value: Value) => void): (value: Value) => void {
  const latest = useRef(act);
  latest.current = act;
  const waiting = useRef<{ value: Value } | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const again = (): void => {
    timer.current = undefined;
    const next = waiting.current;
    if (!next) return;
    waiting.current = undefined;
    latest.current(next.value);
    timer.current = setTimeout(again, APART_MS);
  };
  return (value) => {
    waiting.current = { value };
    if (timer.current === undefined) again();
  };
}
