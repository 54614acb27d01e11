/** The app of the README's section "Install it", in the forms that adopters write it in. */
import { join } from 'node:path';
import { snippetsIn } from '../support/snippets.ts';

const root = join(import.meta.dirname, '../..');

export interface ReadmeApp {
  /** Also an ES module of JavaScript, because it has no types. */
  readonly typescript: string;
  readonly commonJs: string;
  /** A test of the kind that `cdk init` writes. */
  readonly jestTest: string;
}

/** The stack of the app. */
export const stackName = 'Shop';

export function readReadmeApp(): ReadmeApp {
  const code = snippetsIn(root, ['README.md']).find(({ language }) => language === 'ts')?.code ?? '';
  const imports = /^import (\{.*\}) from ('.*');\n/gm;
  const body = code.replaceAll(imports, '');
  const required = Array.from(
    code.matchAll(imports),
    ([, names, from]) => `const ${names} = require(${from});\n`,
  );
  return {
    typescript: code,
    commonJs: `${required.join('')}${body}`,
    jestTest: `import { Template } from 'aws-cdk-lib/assertions';
${code.slice(0, code.length - body.length)}
test('a pipe carries the favourites', () => {
  ${body}
  Template.fromStack(stack).resourceCountIs('AWS::Pipes::Pipe', 1);
});
`,
  };
}
