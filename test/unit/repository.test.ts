/**
 * The repository has its files in conventional places, pins its packages, has only working links, and
 * contains nothing that belongs to one machine.
 */
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { anchorsOf, relativeLinks } from '../support/markdown-links.ts';
import { linesMatching, repositoryFiles } from '../support/repository-files.ts';
import { EMBEDDED_PACKAGE } from '../../infra/local/emulator/engine/start-engine.ts';

const root = join(import.meta.dirname, '../..');
const files = repositoryFiles(root);
const thisFile = 'test/unit/repository.test.ts';
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly [dependencies: string]: unknown;
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

describe('the top level', () => {
  const topLevel = new Set(files.map((path) => path.split('/')[0] ?? path));
  const conventional = [
    ...['infra', 'src', 'state-machines', 'test', 'docs'],
    ...['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'],
    ...['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ];

  it('has only the conventional files and folders', () => {
    const others = [...topLevel].filter((name) => !name.startsWith('.') && !conventional.includes(name));
    expect(others).toEqual([]);
  });

  it.each(['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'package-lock.json'])(
    'has %s',
    (name) => {
      expect(topLevel).toContain(name);
    },
  );
});

/** The workspace that installs the embedded engine where it has a build. */
const engine = JSON.parse(
  readFileSync(join(root, 'infra/local/emulator/engine/embedded/package.json'), 'utf8'),
) as { readonly optionalDependencies: Readonly<Record<string, string>> };

describe('package.json', () => {
  it('brings no package to those who install it, but names the engine that start and aggregate need', () => {
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('optionalDependencies');
    const [[name, version] = []] = Object.entries(engine.optionalDependencies);
    expect(manifest['peerDependencies']).toMatchObject(engine.optionalDependencies);
    expect(EMBEDDED_PACKAGE).toBe(`${name}@${version}`);
  });

  it.each(['start', 'aggregate', 'test', 'lint', 'format', 'typecheck', 'synth'])(
    'has the script %s',
    (name) => {
      expect(manifest.scripts[name]).toBeDefined();
    },
  );

  it('passes signals on, because each script uses exec to replace its shell', () => {
    const others = Object.entries(manifest.scripts).filter(([, command]) => !command.startsWith('exec '));
    expect(others).toEqual([]);
  });

  it('has only exact versions', () => {
    const ranges = [manifest['devDependencies'], engine.optionalDependencies]
      .flatMap((listed) => Object.entries(listed as Readonly<Record<string, string>>))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version));
    expect(ranges).toEqual([]);
  });

  it('has a lock file with the same versions and without the URLs of packages', () => {
    for (const kind of ['devDependencies', 'peerDependencies']) {
      expect(lock.packages['']?.[kind]).toEqual(manifest[kind]);
    }
    // A workspace is a link to a folder of this repository.
    const located = Object.entries(lock.packages).filter(
      ([, entry]) => 'resolved' in entry && !('link' in entry),
    );
    expect(located.map(([path]) => path)).toEqual([]);
  });

  it('locks every platform of each optional package, because npm ci rejects an incomplete lock file', () => {
    const locked = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies as object)
        .filter((name) => !locked.has(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the files', () => {
  const texts = files.filter((path) => !/\.(?:png|jpg|gif|ico|woff2?|gz)$/.test(path));
  const own = texts.filter((path) => path !== 'package-lock.json');
  // Written with spaces, because otherwise this test would find itself.
  const hosts = [
    ...['registry npmjs org', 'npmjs com', 'registry yarnpkg com', 'unpkg com', 'cdn jsdelivr net'],
    ...['nodejs org/dist', 'repo1 maven org', 'repo maven apache org', 'search maven org'],
    ...['pypi org', 'files pythonhosted org', 'proxy golang org', 'crates io', 'rubygems org'],
    ...['deb debian org', 'security debian org', 'archive ubuntu com'],
    ...['docker io', 'ghcr io', 'public ecr aws'],
  ].map((host) => host.replaceAll(' ', String.raw`\.`));
  const promises = ['TO DO', 'FIX ME', 'X X X'].map((word) => word.replaceAll(' ', ''));

  it('name no registry host, because the machine’s settings choose the registry', () => {
    const pattern = new RegExp(`\\b(?:${hosts.join('|')})\\b`);
    expect(linesMatching(root, texts, pattern)).toEqual([]);
  });

  it('contain no path of the machine that they were written on', () => {
    expect(linesMatching(root, own, /(?<![\w.*~$}-])\/(?:work|home|root|Users)\//)).toEqual([]);
  });

  it('contain no notes about work to do later', () => {
    const pattern = new RegExp(`\\b(?:${promises.join('|')})\\b`);
    expect(linesMatching(root, own, pattern)).toEqual([]);
  });

  it('keep to the line width of .editorconfig', () => {
    const widthMax = Number(/^max_line_length = (\d+)$/m.exec(read('.editorconfig'))?.[1]);
    const code = files.filter((path) => /\.(?:tsx?|[cm]?js|css|java)$/.test(path));
    expect(widthMax).toBeGreaterThan(0);
    expect(linesMatching(root, code, new RegExp(`.{${widthMax + 1}}`))).toEqual([]);
  });

  it.each([
    ['a setting', /\bknobs?\b/i],
    ['a metric or a number', /(?<!<\/?)\bfigures?\b/i],
    ['sending a dead letter', /\bbury\b|\bburied\b/i],
    ['a value that is not one of the expected values', /\b(?:is|are) none (?:of|that)\b|\bis none[,.;]/],
    ['the person or part that acts', /\bwhoever\b/i],
    ['something that belongs to nobody', /none of (?:our|its|their) business|none's|no one's/i],
  ])('use the common words for %s', (_, pattern) => {
    const prose = own.filter((path) => /\.(?:tsx?|[cm]?js|json|md)$/.test(path) && path !== thisFile);
    expect(linesMatching(root, prose, pattern)).toEqual([]);
  });

  it('link only to files and anchors that exist', () => {
    const pages = files.filter((path) => path.endsWith('.md'));
    const broken = pages.flatMap((page) =>
      relativeLinks(read(page))
        .filter(({ path, anchor }) => !leadsSomewhere(page, path, anchor))
        .map(({ path, anchor }) => `${page}: ${path}#${anchor}`),
    );
    expect(broken).toEqual([]);
  });
});

function leadsSomewhere(page: string, path: string, anchor: string): boolean {
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  return anchor === '' || !target.endsWith('.md') || anchorsOf(read(target)).has(anchor);
}
