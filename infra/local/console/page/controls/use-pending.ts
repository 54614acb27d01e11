/** What a person has just set, shown at once and until the server says the same, or has had its time. */
import { useState } from 'preact/hooks';

/** Snapshots come a few times a second: an order that was refused is shown as refused after this. */
const PENDING_MS = 2_000;

export function usePending<Value>(actual: Value): readonly [Value, (value: Value) => void] {
  const [pending, setPending] = useState<{ readonly value: Value; readonly untilMs: number }>();
  const isPending = pending !== undefined && Date.now() < pending.untilMs && pending.value !== actual;
  return [
    isPending ? pending.value : actual,
    (value) => setPending({ value, untilMs: Date.now() + PENDING_MS }),
  ];
}
