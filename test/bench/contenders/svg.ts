/** Draws the plots of docs/benchmarks.md as SVG: bars, and lines over a logarithmic axis. No library. */

export interface Theme {
  readonly name: 'light' | 'dark';
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly background: string;
  /** Ours first. */
  readonly colours: readonly [string, string, string];
}

export const themes: readonly Theme[] = [
  {
    name: 'light',
    text: '#1f2328',
    faint: '#59636e',
    grid: '#d1d9e0',
    background: '#ffffff',
    colours: ['#0969da', '#9198a1', '#bc4c00'],
  },
  {
    name: 'dark',
    text: '#e6edf3',
    faint: '#9198a1',
    grid: '#3d444d',
    background: '#0d1117',
    colours: ['#4493f8', '#656c76', '#f0883e'],
  },
];

const font = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"';

export interface BarPanel {
  readonly title: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly isOurs: boolean }[];
  readonly format: (value: number) => string;
}

const WIDTH = 760;
const BAR_HEIGHT = 18;
const BAR_GAP = 6;
const PANEL_GAP = 44;
const LABEL_WIDTH = 210;
const VALUE_WIDTH = 96;

/** Panels of horizontal bars, one under the other; each panel has its own scale. */
export function barChart(
  panels: readonly BarPanel[],
  { title, theme }: { readonly title: string; readonly theme: Theme },
): string {
  let y = 44;
  const parts: string[] = [];
  for (const { title: panelTitle, bars, format } of panels) {
    y += 10;
    parts.push(textAt(panelTitle, { x: 16, y, fill: theme.text, weight: 600 }));
    y += 10;
    const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
    for (const { label, value, isOurs } of bars) {
      const width = Math.max(1, (value / most) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH - 16));
      const fill = theme.colours[isOurs ? 0 : 1];
      const middle = y + BAR_HEIGHT - 5;
      const size = `width="${width.toFixed(1)}" height="${BAR_HEIGHT}"`;
      parts.push(
        textAt(label, { x: LABEL_WIDTH - 8, y: middle, fill: theme.text, anchor: 'end' }),
        `<rect x="${LABEL_WIDTH}" y="${y}" ${size} fill="${fill}"/>`,
        textAt(format(value), { x: LABEL_WIDTH + width + 6, y: middle, fill: theme.text }),
      );
      y += BAR_HEIGHT + BAR_GAP;
    }
    y += PANEL_GAP - 20;
  }
  return svg({ title, theme, height: y, parts });
}

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
  readonly colour: 0 | 1 | 2;
  readonly isDashed?: boolean;
}

const plot = { left: 56, top: 64, width: 510, height: 260 } as const;

/** Lines over a logarithmic x axis; each is labelled at its right end. */
export function lineChart(
  lines: readonly Line[],
  axes: {
    readonly title: string;
    readonly theme: Theme;
    readonly xTicks: readonly number[];
    readonly xLabel: string;
    readonly yMax: number;
    readonly yStep: number;
    readonly yLabel: string;
  },
): string {
  const { theme, xTicks, yMax, yStep } = axes;
  const [first, last] = [Math.log(xTicks[0] ?? 1), Math.log(xTicks.at(-1) ?? 10)];
  const xOf = (x: number): number => plot.left + ((Math.log(x) - first) / (last - first)) * plot.width;
  const yOf = (y: number): number => plot.top + plot.height - (y / yMax) * plot.height;
  const parts: string[] = [];
  for (let y = 0; y <= yMax; y += yStep) {
    parts.push(
      `<path d="M${plot.left} ${yOf(y)}h${plot.width}" stroke="${theme.grid}" fill="none"/>`,
      textAt(String(y), { x: plot.left - 8, y: yOf(y) + 4, fill: theme.faint, anchor: 'end' }),
    );
  }
  for (const x of xTicks) {
    const place = { x: xOf(x), y: plot.top + plot.height + 20, fill: theme.faint, anchor: 'middle' } as const;
    parts.push(textAt(String(x), place));
  }
  parts.push(
    textAt(axes.yLabel, { x: 16, y: plot.top - 12, fill: theme.faint }),
    textAt(axes.xLabel, { x: plot.left, y: plot.top + plot.height + 42, fill: theme.faint }),
  );
  const labelYs = spread(lines.map(({ points }) => yOf(points.at(-1)?.[1] ?? 0)));
  for (const [index, { label, points, colour, isDashed }] of lines.entries()) {
    const stroke = theme.colours[colour];
    const path = points.map(
      ([x, y], at) => `${at === 0 ? 'M' : 'L'}${xOf(x).toFixed(1)} ${yOf(y).toFixed(1)}`,
    );
    const dashes = isDashed === true ? ' stroke-dasharray="6 4"' : '';
    parts.push(
      `<path d="${path.join('')}" stroke="${stroke}" stroke-width="2.5" fill="none"${dashes}/>`,
      ...points.map(
        ([x, y]) => `<circle cx="${xOf(x).toFixed(1)}" cy="${yOf(y).toFixed(1)}" r="3" fill="${stroke}"/>`,
      ),
      textAt(label, {
        x: plot.left + plot.width + 10,
        y: (labelYs[index] ?? 0) + 4,
        fill: theme.text,
      }),
    );
  }
  return svg({ title: axes.title, theme, height: plot.top + plot.height + 58, parts });
}

const LABELS_APART = 16;

/** Moves labels apart that would lie on each other. */
function spread(ys: readonly number[]): readonly number[] {
  const order = ys.map((y, index) => ({ y, index })).toSorted((a, b) => a.y - b.y);
  const placed: number[] = [];
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { y, index } of order) {
    lowest = Math.max(y, lowest + LABELS_APART);
    placed[index] = lowest;
  }
  return placed;
}

function textAt(
  text: string,
  place: {
    readonly x: number;
    readonly y: number;
    readonly fill: string;
    readonly anchor?: 'middle' | 'end';
    readonly weight?: number;
  },
): string {
  const { x, y, fill, anchor = 'start', weight = 400 } = place;
  return (
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${fill}" font-size="12" font-weight="${weight}" ` +
    `text-anchor="${anchor}">${escaped(text)}</text>`
  );
}

function svg({
  title,
  theme,
  height,
  parts,
}: {
  readonly title: string;
  readonly theme: Theme;
  readonly height: number;
  readonly parts: readonly string[];
}): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" role="img" ${font}>`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${Math.ceil(height)}" fill="${theme.background}"/>`,
    `<text x="16" y="24" fill="${theme.text}" font-size="14" font-weight="600">${escaped(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
