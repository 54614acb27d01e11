// Jest transformer: TypeScript to CommonJS by esbuild, with import.meta mapped to its CommonJS counterparts.
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { transformSync, version } = require('esbuild');

const importMeta = {
  'import.meta.url': '__importMetaUrl',
  'import.meta.dirname': '__dirname',
  'import.meta.filename': '__filename',
};
const banner = "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;";
const self = readFileSync(__filename);

module.exports = {
  process: (source, sourcefile) => ({
    code: transformSync(source, {
      loader: sourcefile.endsWith('.ts') ? 'ts' : 'js',
      format: 'cjs',
      target: 'node24',
      sourcemap: 'inline',
      sourcefile,
      // Jest runs modules in a vm, which has no import(), so it becomes require().
      supported: { 'dynamic-import': false },
      define: importMeta,
      banner,
    }).code,
  }),
  getCacheKey: (source, sourcefile) =>
    createHash('sha256').update(version).update(self).update(sourcefile).update(source).digest('hex'),
};
