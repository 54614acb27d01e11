/**
 * A value that the user changes with a control. The page shows the change at once, and sends it to the server
 * at a limited rate.
 */
import { useEffect, useRef, useState } from 'preact/hooks';

/**
 * The page sends at most one value in this time. A dragged slider changes more often, and the page always
 * sends its last value.
 */
const SENT_APART_MS = 150;
/**
 * After this time, the page shows the value of the snapshot again, for example if the server rejected the
 * change. Snapshots come a few times a second.
 */
const PENDING_MS = 2_000;

/** @param actual the value in the last snapshot */
export function useSetting<Value>(
  actual: Value,
  send: (value: Value) => void,
): readonly [Value, (value: Value) => void] {
  const [pending, setPending] = useState<{ readonly value: Value; readonly untilMs: number }>();
  const latestSend = useRef(send);
  latestSend.current = send;
  const waiting = useRef<{ readonly value: Value } | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const sendWaiting = (): void => {
    timer.current = undefined;
    const next = waiting.current;
    if (!next) return;
    waiting.current = undefined;
    latestSend.current(next.value);
    timer.current = setTimeout(sendWaiting, SENT_APART_MS);
  };
  const isPending =
    pending !== undefined &&
    Date.now() < pending.untilMs &&
    JSON.stringify(pending.value) !== JSON.stringify(actual);
  return [
    isPending ? pending.value : actual,
    (value) => {
      setPending({ value, untilMs: Date.now() + PENDING_MS });
      waiting.current = { value };
      if (timer.current === undefined) sendWaiting();
    },
  ];
}
