/** The links of a Markdown page into the repository, and the anchors that others can link to. */

export interface RelativeLink {
  /** The part before `#` as written; empty for a link within the page. */
  readonly path: string;
  /** The part after `#`; empty for a link to a whole page. */
  readonly anchor: string;
}

const fencedCode = /^(`{3,}|~{3,}).*?^\1/gms;
const inlineCode = /`[^`\n]*`/g;
const inlineLink = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const referenceLink = /^\s*\[[^\]]+\]:\s*(\S+)/gm;
const elsewhere = /^[a-z][a-z+.-]*:|^\/\//i;

export function relativeLinks(markdown: string): readonly RelativeLink[] {
  const prose = markdown.replaceAll(fencedCode, '').replaceAll(inlineCode, '');
  return [...prose.matchAll(inlineLink), ...prose.matchAll(referenceLink)]
    .map(([, target]) => target ?? '')
    .filter((target) => !elsewhere.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#', 2);
      return { path: decodeURIComponent(path), anchor };
    });
}

/** The anchors of the headings, as code hosts derive them. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading] of markdown.replaceAll(fencedCode, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = (heading ?? '')
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}
