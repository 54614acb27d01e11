/** Parts of the text that the doctor prints. */
import { count } from '../../command-line/text.ts';

const WIDTH = 100;

export function percent(part: number, whole: number): string {
  if (whole === 0) return '0%';
  const share = (100 * part) / whole;
  if (share > 0 && share < 0.1) return 'under 0.1%';
  return `${share < 10 && share > 0 ? share.toFixed(1) : count(share)}%`;
}

export function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** A list with hanging indents, so that long texts stay readable. */
export function bullets(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => wrapped(text).map((line, at) => `${at === 0 ? '- ' : '  '}${line}`));
}

/** Divides at blanks; a long word such as an ARN keeps its line. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** `$3.10 to $4.20` */
export function dollarRange([from, to]: readonly [number, number]): string {
  const [low, high] = [dollars(from), dollars(to)];
  return low === high ? low : `${low} to ${high}`;
}

export function atMost(amount: number): string {
  return amount < 0.01 ? dollars(amount) : `at most ${dollars(amount)}`;
}

export function dollars(amount: number): string {
  if (amount < 0.01) return 'under $0.01';
  return amount < 100 ? `$${amount.toFixed(2)}` : `$${count(amount)}`;
}

export function bytes(size: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, size)) / Math.log(1024)));
  const amount = size / 1024 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : count(amount)} ${units[power]}`;
}
