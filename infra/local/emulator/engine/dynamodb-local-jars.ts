/** The jars of DynamoDB Local. Maven copies each version once, into the user's cache directory. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const POM = join(import.meta.dirname, 'dynamodb-local', 'pom.xml');
const JAVA_MAJOR_MIN = 17;

/** Enough for 85 files, 51 MB, from a Maven mirror or the local cache. */
const FETCH_TIMEOUT_MS = 300_000;

function dynamoDbLocalJars(): string {
  const version = /<version>([^<]+)<\/version>\s*<\/dependency>/.exec(readFileSync(POM, 'utf8'))?.[1];
  if (version === undefined)
    throw new Error(`${POM} has no version of DynamoDB Local: add a <version> to its dependency`);
  // An empty variable counts as unset (XDG Base Directory Specification).
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'dynamodb-local', version);
}

/** Why DynamoDB Local cannot run on this machine, and what to install; undefined when it can run. */
export async function findDynamoDbLocal(): Promise<string | undefined> {
  const javaMajor = await findJavaMajor();
  if (javaMajor === undefined || javaMajor < JAVA_MAJOR_MIN) {
    const found = javaMajor === undefined ? 'no java was found' : `java is version ${javaMajor}`;
    return (
      `it needs Maven and a JDK ${JAVA_MAJOR_MIN} or later, but ${found}: install them ` +
      '(for example: apt-get install openjdk-17-jdk-headless maven, or brew install openjdk@17 maven)'
    );
  }
  if (existsSync(dynamoDbLocalJars()) || (await answers('mvn', ['--version']))) return undefined;
  return (
    'it needs Maven once, to fetch its jars, but no mvn was found: install it ' +
    '(for example: apt-get install maven, or brew install maven)'
  );
}

/** Returns the directory of the jars, and fetches them if needed. It calls `say` before a fetch. */
export async function fetchDynamoDbLocal(say: (line: string) => void): Promise<string> {
  const jars = dynamoDbLocalJars();
  if (existsSync(jars)) return jars;
  say(`Fetching DynamoDB Local (about 50 MB, once) into ${jars}`);
  mkdirSync(dirname(jars), { recursive: true });
  const part = mkdtempSync(`${jars}.`);
  const goal = ['--file', POM, 'dependency:copy-dependencies'];
  const args = [...goal, `-DoutputDirectory=${part}`, '-DincludeScope=runtime'];
  try {
    await run('mvn', ['--batch-mode', '--quiet', ...args], { timeout: FETCH_TIMEOUT_MS });
    renameSync(part, jars);
  } catch (cause) {
    rmSync(part, { recursive: true, force: true });
    if (existsSync(jars)) return jars; // another run was faster
    throw new Error(`Maven could not fetch DynamoDB Local. To see why, run: mvn ${args.join(' ')}`, {
      cause,
    });
  }
  return jars;
}

async function findJavaMajor(): Promise<number | undefined> {
  try {
    // stderr: `openjdk version "17.0.15" …`; Java 8 and older print 1.8
    const { stderr } = await run('java', ['-version']);
    const major = /version "(?:1\.)?(\d+)/.exec(stderr)?.[1];
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined;
  }
}

async function answers(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}
