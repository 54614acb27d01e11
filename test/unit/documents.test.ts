/** Checks the documents against the code: options, commands, settings, sources, files and platforms. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSource } from '../../infra/settings/read-source.ts';
import { dateFormats, readsUpdates, type Source } from '../../src/counting/source/source.ts';
import { linesMatching, repositoryFiles } from '../support/repository-files.ts';
import { ownProps, settingProps } from '../../infra/settings/props.ts';

const root = join(import.meta.dirname, '../..');
const files = repositoryFiles(root);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = files.filter((path) => path.endsWith('.md'));
const readme = read('README.md');
/** Everything on a page that is formatted as code. */
const codeOf = (page: string): readonly string[] =>
  Array.from(read(page).matchAll(/```.*?```|`[^`\n]+`/gs), ([code]) => code);

/** The options in the first column of the table with this heading. */
function tableOptions(heading: string): readonly string[] {
  const table = readme.slice(readme.indexOf(`| ${heading} |`)).split('\n\n', 1)[0] ?? '';
  return table.split('\n').flatMap((row) => (row.split(' | ', 1)[0] ?? '').match(/--[a-z][a-z-]*/g) ?? []);
}

function helpOptions(command: string): readonly string[] {
  const args = ['--import', 'tsx', join(root, `infra/${command}.ts`), '--help'];
  const help = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return Array.from(help.matchAll(/^ {2}(--[a-z-]+)/gm), ([, option = '']) => option);
}

describe('the tables of options in the README', () => {
  let shared: readonly string[];
  beforeAll(() => {
    shared = tableOptions('both commands');
  });

  it.each([
    ['local/start', '`npm start -- …`'],
    ['local/aggregate', '`npm run aggregate -- FILE.csv …`'],
  ])('name every option of infra/%s.ts once, and nothing else', (command, heading) => {
    expect([...tableOptions(heading), ...shared].toSorted()).toEqual(helpOptions(command).toSorted());
  });

  it('name every option of infra/doctor/doctor.ts once, and nothing else', () => {
    expect(tableOptions('`npm run doctor -- …`').toSorted()).toEqual(helpOptions('doctor/doctor').toSorted());
  });

  it('name every option of infra/shadow/shadow.ts once, and nothing else', () => {
    expect(tableOptions('`npm run shadow -- …`').toSorted()).toEqual(helpOptions('shadow/shadow').toSorted());
  });

  it('name every fault', () => {
    const faults = Array.from(readme.matchAll(/^\| `([a-z][a-z-]*)` \|/gm), ([, fault = '']) => fault);
    const plan = read('infra/local/emulator/faults/fault-plan.ts');
    const names = /faultNames = \[(.*?)\]/s.exec(plan)?.[1]?.match(/[a-z-]+/g);
    expect(faults).toEqual(names);
  });
});

describe('the README', () => {
  const platforms = Object.keys(
    (
      JSON.parse(read('infra/local/emulator/engine/embedded/package.json')) as {
        readonly optionalDependencies: object;
      }
    ).optionalDependencies,
  ).map((name) => name.replace('@dynoxide/', ''));

  it('names the embedded engine’s platforms, and what to install elsewhere, before the first command', () => {
    const before = readme.slice(0, readme.indexOf('```bash\nnpm ci && npm start'));
    const names: Readonly<Record<string, string>> = { 'linux-x64': 'Linux on x64' };
    for (const platform of platforms) expect(before).toContain(names[platform] ?? platform);
    for (const needed of ['Java 17', 'Maven', '--endpoint']) expect(before).toContain(needed);
  });

  it('tells how to bootstrap an account before it tells how to deploy', () => {
    expect(readme).toMatch(/cdk bootstrap.*cdk deploy/s);
    expect(readme.indexOf('cdk bootstrap')).toBeLessThan(readme.indexOf('cdk deploy'));
  });

  it('lists every folder of src', () => {
    const layout = /## Layout\n\n```text\n(.*?)```/s.exec(readme)?.[1] ?? '';
    const listed = Array.from(layout.matchAll(/^ {2}(\S+)\/ /gm), ([, name]) => name);
    const folders = files.flatMap((path) => /^(?:src|infra)\/(\w[\w-]*)\//.exec(path)?.[1] ?? []);
    expect([...new Set(folders)].filter((name) => !readme.includes(`${name}/`))).toEqual([]);
    expect(listed.filter((name) => !folders.includes(name ?? ''))).toEqual([]);
  });
});

describe('the page about sources', () => {
  const page = read('docs/source.md');
  const shapes = files.filter((path) => /^test\/shapes\/[\w-]+\.json$/.test(path));
  /** The cells of the table whose first row begins with this heading. */
  const tableOf = (heading: string): readonly (readonly string[])[] => {
    const [, ...lines] = page.split(`\n| ${heading} |`);
    expect(lines).toHaveLength(1);
    const [, , ...rows] = (lines[0] ?? '').split('\n\n', 1)[0]?.split('\n') ?? [];
    return rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  };
  const blocks = Array.from(page.matchAll(/```json\n(.*?)```/gs), ([, json = '']) => json);
  const parsed = (json: string): object => JSON.parse(json) as object;

  it('has only examples that are accepted', () => {
    expect(blocks.length).toBeGreaterThan(0);
    for (const json of blocks)
      expect(readSource(parsed(json))).toEqual({ kind: 'source', source: parsed(json) });
  });

  it('lists every shape once, and whether the pipe delivers its updates', () => {
    const listed = tableOf('shape').flatMap(([, , settings = '', updates]) => {
      const [, path] = /^\[[\w-]+\.json\]\(\.\.\/(test\/shapes\/[\w-]+\.json)\)$/.exec(settings) ?? [];
      return path === undefined ? [] : [[path, updates]];
    });
    const expected = shapes.map((path) => [path, readsUpdates(parsed(read(path)) as Source) ? 'yes' : 'no']);
    expect(new Map(listed as [string, string][])).toEqual(new Map(expected as [string, string][]));
    expect(listed).toHaveLength(expected.length);
  });

  it('explains every reason of a dead letter once', () => {
    const reasons = Array.from(read('src/counting/rejection.ts').matchAll(/^ {2}\| '([a-z-]+)'/gm));
    const explained = tableOf('reason').map(([cell = '']) => cell.slice(1, -1));
    expect(new Set(explained)).toEqual(new Set(reasons.map(([, reason]) => reason)));
    expect(explained).toHaveLength(reasons.length);
  });

  it('explains every format of a date once', () => {
    expect(tableOf('`format`').map(([cell = '']) => cell.slice(1, -1))).toEqual(dateFormats);
  });

  it('shows the exact message for each of its examples of mistakes', () => {
    for (const [change = '', message = ''] of tableOf('change')) {
      const given = { ...parsed(read('test/shapes/5.json')), ...parsed(change.slice(1, -1)) };
      expect(readSource(given)).toEqual({ kind: 'issues', issues: [message.slice(1, -1)] });
    }
  });
});

describe('every page', () => {
  it('names only files and folders that exist', () => {
    const named = /(?<![\w./-])(?:src|infra|test|docs|state-machines)\/[\w./-]*\w/g;
    const missing = pages.flatMap((page) =>
      codeOf(page)
        .flatMap((code) => code.match(named) ?? [])
        // NAME is a placeholder for any name.
        .filter((path) => !path.includes('NAME') && !files.some((file) => file.startsWith(path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: object };
    const missing = pages.flatMap((page) =>
      codeOf(page)
        .flatMap((code) => Array.from(code.matchAll(/npm run ([\w:]+)/g), ([, script = '']) => script))
        .filter((script) => !Object.hasOwn(scripts, script))
        .map((script) => `${page}: npm run ${script}`),
    );
    expect(missing).toEqual([]);
  });

  it('names only settings that exist', () => {
    const settings = Array.from(
      read('docs/settings.md').matchAll(/^\| `([\w.]+)` \|/gm),
      ([, path = '']) => path,
    );
    const groups = new Set(settings.flatMap((path) => path.split('.').slice(0, -1)));
    const isSetting = (path: string): boolean =>
      settings.some((each) => each === path || each.startsWith(`${path}.`));
    // Decisions and the changelog may name settings that no longer exist.
    const current = pages.filter((page) => !/^(?:docs\/adr\/|CHANGELOG)/.test(page));
    // Pages about the construct name its properties.
    const props = new Set([...settingProps.map(({ prop }) => prop), ...ownProps]);
    const missing = current.flatMap((page) =>
      codeOf(page)
        .flatMap((code) => [
          ...Array.from(code.matchAll(/-c ([\w.]+)=/g), ([, path = '']) => path),
          ...Array.from(code.matchAll(/^`(\w+)\.\w[\w.]*(?:=.*)?`$/g), ([text, group = '']) =>
            groups.has(group) ? text.replaceAll('`', '').replace(/=.*/, '') : 'stage',
          ),
        ])
        .filter((path) => !isSetting(path) && !props.has(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('keeps its prose within 120 columns', () => {
    // Tables, headings and code cannot be wrapped.
    expect(linesMatching(root, pages, /^(?![|#`]| {4}|\{").{121}/)).toEqual([]);
  });
});

describe('every decision', () => {
  const decisions = files.filter((path) => path.startsWith('docs/adr/'));

  it.each(decisions)('%s has the sections Context, Decision, Consequences and Turned down', (page) => {
    const headings = Array.from(read(page).matchAll(/^\*\*(.+?)\.\*\*/gm), ([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Decision', 'Consequences', 'Turned down']);
  });

  it('has the next number, without a gap', () => {
    const numbers = decisions.map((path) => Number(/(\d{4})-/.exec(path)?.[1]));
    expect(numbers).toEqual(decisions.map((_, index) => index + 1));
  });
});
