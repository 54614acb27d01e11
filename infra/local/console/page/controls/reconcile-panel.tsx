/** Reconcile: its buttons, its state machine, and the result of the last run. */
import { useEffect, useState } from 'preact/hooks';
import type { ReconcileResult, ReconcileState } from '../../protocol.ts';
import { fraction, whole } from '../format.ts';
import { sendOrder } from '../use-console.ts';
import './reconcile.css';
import { StateMachine } from './state-machine.tsx';

export function ReconcilePanel({ reconcile }: { reconcile: ReconcileState }) {
  const isRunning = reconcile.state === 'running';
  const start = (mode: 'repair' | 'verify') => () => {
    if (!isRunning) void sendOrder('POST /console/reconcile', { mode });
  };
  return (
    <section class="reconcile" aria-labelledby="reconcile-title">
      <header class="reconcile-head">
        <h3 id="reconcile-title">Reconcile</h3>
        <span class="part-kind">Step Functions</span>
        <p class="reconcile-now" role="status">
          {isRunning ? (
            <>
              {modeNames[reconcile.mode ?? ''] ?? 'Running'} <Elapsed sinceMs={reconcile.startedAtMs} />
            </>
          ) : (
            ''
          )}
        </p>
        <div class="reconcile-orders">
          <button type="button" aria-disabled={isRunning} onClick={start('verify')}>
            Verify
          </button>
          <button type="button" class="primary" aria-disabled={isRunning} onClick={start('repair')}>
            Reconcile
          </button>
        </div>
      </header>
      <StateMachine reconcile={reconcile} />
      <LastResult result={reconcile.last} isRunning={isRunning} />
    </section>
  );
}

const modeNames: Readonly<Record<string, string>> = {
  repair: 'Repairing',
  verify: 'Verifying',
  redrive: 'Redriving',
  seed: 'Seeding',
};

function Elapsed({ sinceMs }: { sinceMs: number | undefined }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (sinceMs === undefined) return null;
  return <span aria-hidden="true">{whole(Math.max(0, Math.round((nowMs - sinceMs) / 1000)))} s</span>;
}

const kindNames: Readonly<Record<ReconcileResult['kind'], string>> = {
  succeeded: '✓ Succeeded',
  failed: '✕ Failed',
  busy: '– Busy',
};

function LastResult({ result, isRunning }: { result: ReconcileResult | undefined; isRunning: boolean }) {
  if (!result) {
    return (
      <p class="reconcile-last quiet">
        {isRunning
          ? 'The first reconcile is running.'
          : 'Not run yet. Verify only compares; Reconcile also corrects.'}
      </p>
    );
  }
  const seconds = result.seconds === undefined ? '' : `, ${fraction(result.seconds)} s`;
  return (
    <div class="reconcile-last">
      <p>
        <strong class="result-kind" data-kind={result.kind}>
          {kindNames[result.kind]}
        </strong>{' '}
        <span class="quiet">
          {result.mode}
          {seconds}
        </span>
      </p>
      <p class="result-summary">{result.summary}</p>
      <dl class="result-numbers">
        <Pair label="Registers" found={result.registersFound} corrected={result.registersCorrected} />
        <Pair label="Counts" found={result.countsFound} corrected={result.countsCorrected} />
        <div>
          <dt>Redriven</dt>
          <dd>{whole(result.redriven)}</dd>
        </div>
      </dl>
    </div>
  );
}

function Pair({ label, found, corrected }: { label: string; found: number; corrected: number }) {
  return (
    <div>
      <dt>{label} corrected</dt>
      <dd>
        {whole(corrected)} of {whole(found)}
      </dd>
    </div>
  );
}
