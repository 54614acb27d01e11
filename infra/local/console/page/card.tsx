/** A panel of the page: a titled section, with `actions` at the right of the title. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import './card.css';

export function Card(o: {
  readonly title: string;
  /** A few words beside the title. */
  readonly note?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly className?: string;
  readonly children: ComponentChildren;
}) {
  const titleId = useId();
  return (
    <section class={`card ${o.className ?? ''}`} aria-labelledby={titleId}>
      <header class="card-head">
        <h2 id={titleId}>{o.title}</h2>
        {o.note !== undefined && <p class="card-note">{o.note}</p>}
        {o.actions !== undefined && <div class="card-actions">{o.actions}</div>}
      </header>
      {o.children}
    </section>
  );
}
