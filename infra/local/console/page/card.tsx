/** A panel of the page: a titled section, with `actions` at the right of the title. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import './card.css';

interface CardProps {
  readonly title: string;
  /** A few words beside the title. */
  readonly note?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly className?: string;
  readonly children: ComponentChildren;
}

export function Card({ title, note, actions, className = '', children }: CardProps) {
  const titleId = useId();
  return (
    <section class={`card ${className}`} aria-labelledby={titleId}>
      <header class="card-head">
        <h2 id={titleId}>{title}</h2>
        {note !== undefined && <p class="card-note">{note}</p>}
        {actions !== undefined && <div class="card-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
