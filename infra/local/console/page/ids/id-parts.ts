/**
 * Splits an id into text and characters that nobody would see, such as a space at its end, so that the page
 * can show a sign for them.
 */
export interface IdPart {
  readonly text: string;
  /** What to show instead; undefined if the text can be seen. */
  readonly sign?: string;
}

/** Elsewhere, a joiner shapes the letters or the emoji beside it, and a space can be seen. */
const UNSEEN =
  // Spaces at the start, at the end, or beside another one.
  /^ +| +$| {2,}|^[\u200c\u200d]+|[\u200c\u200d]+$|[^\P{Z} ]|[\p{Cc}\p{Co}\p{Cn}]|(?![\u200c\u200d])\p{Cf}/gu;

export function partsOfId(id: string): readonly IdPart[] {
  const parts: IdPart[] = [];
  let from = 0;
  for (const { 0: text, index } of id.matchAll(UNSEEN)) {
    if (index > from) parts.push({ text: id.slice(from, index) });
    parts.push({ text, sign: signOf(text) });
    from = index + text.length;
  }
  if (from < id.length) parts.push({ text: id.slice(from) });
  return parts;
}

function signOf(text: string): string {
  return Array.from(text, (character) =>
    character === ' '
      ? '␣'
      : `⟨${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  ).join('');
}
