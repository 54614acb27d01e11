/** Whether the counts equal a recount of Favourites, and how fast they are written and counted. */
import type { Metrics, TruthState } from '../../protocol.ts';
import { duration, whole } from '../format.ts';
import { sendOrder } from '../use-console.ts';
import './truth-meter.css';
import { detailText, verdictText } from './truth-words.ts';

type Verdict = 'unknown' | 'none' | 'some';

export function TruthMeter({ truth, metrics }: { readonly truth: TruthState; readonly metrics: Metrics }) {
  const verdict: Verdict = truth.drift === undefined ? 'unknown' : truth.drift === 0 ? 'none' : 'some';
  const isCounting = truth.state === 'counting';
  const rates = [
    ['Written', `${whole(metrics.writtenRate)}/s`],
    ['Applied', `${whole(metrics.appliedRate)}/s`],
    ['Lag, p50', duration(metrics.lagP50Ms)],
    ['Lag, p99', duration(metrics.lagP99Ms)],
  ] as const;
  return (
    <section class="truth" aria-labelledby="truth-title" data-verdict={verdict} data-state={truth.state}>
      <VerdictMark verdict={verdict} />
      <div class="truth-number">
        <h2 id="truth-title">Difference</h2>
        <p class="truth-value">{truth.drift === undefined ? '–' : whole(truth.drift)}</p>
      </div>
      <div class="truth-words">
        <p class="truth-verdict">{verdictText(truth)}</p>
        <p class="quiet">{isCounting ? 'Writes are paused during the recount…' : detailText(truth)}</p>
      </div>
      <p class="visually-hidden" role="status">
        {verdict === 'unknown' ? '' : `Difference ${whole(truth.drift ?? 0)}`}
      </p>
      <dl class="truth-rates">
        {rates.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {/* Never disabled: during a recount, a click waits for the running one. */}
      <button type="button" onClick={() => void sendOrder('POST /console/recount', {})}>
        Recount
      </button>
    </section>
  );
}

function VerdictMark({ verdict }: { readonly verdict: Verdict }) {
  const paths: Readonly<Record<Verdict, string>> = {
    unknown: 'M6 12h12',
    none: 'm6 12.5 4 4 8-9',
    some: 'M12 5.5v8M12 17.6v.9',
  };
  return (
    <svg class="truth-mark" viewBox="0 0 24 24" width="44" height="44" aria-hidden="true">
      <circle cx="12" cy="12" r="12" />
      <path d={paths[verdict]} />
    </svg>
  );
}
