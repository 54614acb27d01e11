/**
 * An id as the page shows it: in the direction of its own script, and with signs for white space and control
 * characters. A copy from the page is the id itself.
 */
import './shown-id.css';
import { partsOfId } from './id-parts.ts';

export function ShownId({ id }: { readonly id: string }) {
  const parts = partsOfId(id);
  const signed = parts.map(({ text, sign }) => sign ?? text).join('');
  // So that a screen reader can also name an id of spaces.
  const label = signed === id ? undefined : signed;
  return (
    <bdi dir="auto" class="id" role={label === undefined ? undefined : 'img'} aria-label={label}>
      {parts.map(({ text, sign }, at) =>
        sign === undefined ? (
          text
        ) : (
          <span key={at} class="id-unseen" data-sign={sign}>
            {text}
          </span>
        ),
      )}
    </bdi>
  );
}
