import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadOptions, loadReplayFile } from '../../infra/local/replay/files/replay-file.ts';
import type { ReplayWrite } from '../../infra/local/replay/replay-write.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface LoadedContent {
  readonly path: string;
  readonly events: readonly ReplayWrite[];
  readonly warnings: readonly string[];
  readonly fingerprint: string;
}

/** Writes the content to a file of that name, and loads it with all its events. */
export async function loadContent(
  content: string | Buffer,
  { name = 'f.csv', ...options }: { readonly name?: string } & Partial<Omit<LoadOptions, 'paths'>> = {},
): Promise<LoadedContent> {
  using directory = temporaryDirectory();
  const path = join(directory.path, name);
  writeFileSync(path, content);
  return await loadPaths([path], options);
}

export async function loadPaths(
  paths: readonly string[],
  options: Partial<Omit<LoadOptions, 'paths'>> = {},
): Promise<LoadedContent> {
  using file = await loadReplayFile({ source: defaultSource, ...options, paths });
  const { path, warnings, fingerprint } = file;
  const events = [...file.events.from(0)];
  if (events.length !== file.events.length) throw new Error(`${events.length} events, not as it says`);
  return { path, events, warnings, fingerprint };
}
