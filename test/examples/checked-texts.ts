/** Checks snippets that are read, not run: JSON, JSON lines and CSV. */
import { loadReplayFile } from '../../infra/local/replay/files/replay-file.ts';
import { readSource } from '../../infra/settings/read-source.ts';
import { settingsFromContext } from '../../infra/settings/settings.ts';
import type { Source } from '../../src/counting/source/source.ts';
import type { Snippet } from '../support/snippets.ts';

/** What is wrong, by the place of its snippet. */
export function problemsOf(
  snippets: readonly Snippet[],
  check: (snippet: Snippet) => void,
): readonly string[] {
  return snippets.flatMap((snippet) => {
    try {
      check(snippet);
      return [];
    } catch (error) {
      return [`${snippet.place}: ${(error as Error).message}`];
    }
  });
}

interface KnownJson {
  readonly key?: unknown;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly Effect?: unknown;
  readonly Action?: unknown;
}

/** Settings, a description of a table, or a statement of a policy. @throws {Error} what is wrong */
export function checkJson(code: string): void {
  const { key, context, Effect, Action, ...others } = JSON.parse(code) as KnownJson;
  if (key !== undefined) {
    const reading = readSource(JSON.parse(code));
    if (reading.kind === 'issues') throw new Error(reading.issues.join('; '));
  } else if (context !== undefined) settingsFromContext(context);
  else if (Effect !== 'Allow' || !/^[a-z-]+:[A-Z]\w+$/.test(String(Action))) {
    throw new Error(`no check knows JSON with ${Object.keys(others).join(', ')}`);
  }
}

/** Files that `aggregate` replays. @throws {Error} naming each bad line */
export async function checkReplayFile(path: string, source: Source): Promise<void> {
  using file = await loadReplayFile({ paths: [path], source });
  if (file.events.length === 0) throw new Error('the file has no row');
}

/** The description of the rows of a snippet: one of the same page, or one that no page shows. */
export function sourceFor({ page, code, place }: Snippet, described: readonly Snippet[]): Source {
  const sources = described
    .filter((one) => one.code.includes('"key"') && (one.page === page || one.page === ''))
    .map((one) => JSON.parse(one.code) as Source);
  const found = sources.find(({ key }) => key.every(({ name }) => code.includes(`"${name}":`)));
  if (found === undefined) throw new Error(`${place}: no source describes these rows`);
  return found;
}
