import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultGuards } from '../../src/changes/guards/policy.ts';
import { maxUncheckedRemovals } from '../../src/changes/guards/shares.ts';
import { maxFailuresInARow } from '../../src/changes/runs/execute.ts';
import { buildTree, flatten } from '../../src/cli/completion/tree.ts';
import { defaultWait } from '../../src/commands/auth/shared/approval.ts';
import { configDir } from '../../src/login/config/paths.ts';
import { consoleGuide } from '../../src/login/console/guides.ts';
import { defaultRedirectUri } from '../../src/login/oauth/callback-server.ts';
import { exitCodes } from '../../src/platform/core/errors.ts';
import { lease } from '../../src/platform/fs/lease.ts';
import { defaultMaxResponseBytes } from '../../src/platform/http/read-body.ts';
import { createRetryBudget, maxRetryAfterMs, retryDelay } from '../../src/platform/http/retry.ts';
import { formatNames } from '../../src/platform/terminal/formats/index.ts';
import { programInfo } from '../../src/program.ts';
import { scopeNames } from '../../src/twilio/scopes.ts';
import { projectRoot, readProjectFile } from '../support/house.ts';

/** Pages about the program of today. The changelog is about earlier ones as well. */
const pages = [
  'README.md',
  ...readdirSync(join(projectRoot, 'docs'))
    .filter((name) => name.endsWith('.md') && name !== 'changelog.md')
    .map((name) => `docs/${name}`),
];
const textOf = new Map(pages.map((page) => [page, readProjectFile(page)]));
const source = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name: name.replaceAll('\\', '/'), text: readProjectFile(`src/${name}`) }));

let flags: Map<string, string>;
let commands: Set<string>;

beforeAll(async () => {
  const nodes = flatten(buildTree(await programInfo()));
  flags = new Map(nodes.flatMap(({ flags }) => flags.map(({ long, description }) => [long, description])));
  commands = new Set(nodes.map(({ path }) => path));
});

/** The text of a page in one line, so that a sentence is found wherever its lines break. */
const oneLine = (page: string) => (textOf.get(page) ?? '').replace(/\s+/g, ' ');

/** Sentences that a page should contain and does not. */
const missingIn = (page: string, ...sentences: string[]) =>
  sentences.filter((sentence) => !oneLine(page).includes(sentence));

const inWords = (count: number) =>
  ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'][count] ??
  String(count);
const capital = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** The default of a flag, as its help gives it in parentheses. */
const defaultOf = (flag: string) => Number(/\((?:default: )?(\d+)/.exec(flags.get(flag) ?? '')?.[1]);

/** The numbers that a source file keeps to itself as constants. */
function numbersIn(file: string): number[] {
  const { text } = source.find(({ name }) => name === file) ?? {};
  if (text === undefined) throw new Error(`There is no src/${file}`);
  return [...text.matchAll(/\bconst \w+ = ([\d_]+);/g)].map(([, value = '']) =>
    Number(value.replaceAll('_', '')),
  );
}

describe('numbers in the documentation', () => {
  it('are the defaults of guards and bulk commands', () => {
    const { max_removals, max_removal_fraction } = defaultGuards;
    const fifth = max_removal_fraction === 1 / 5 ? 'a fifth' : String(max_removal_fraction);
    const bulk = 'docs/bulk.md';
    expect(
      missingIn(
        bulk,
        `More than ${max_removals} removals at once are refused, and so are more than ${inWords(maxUncheckedRemovals)} that are more than ${fifth} of all (exit code ${exitCodes.guard})`,
      ),
    ).toEqual([]);
    expect(
      missingIn(bulk, `${capital(inWords(defaultOf('--concurrency')))} changes run at the same time`),
    ).toEqual([]);
    expect(
      missingIn(
        'docs/security.md',
        `Guards refuse more than ${max_removals} removals at once or ${fifth} of all`,
      ),
    ).toEqual([]);
    expect(
      missingIn(
        'docs/decisions.md',
        `The default limits are ${max_removals} at once and ${fifth} of all. The default fraction applies only beyond ${inWords(maxUncheckedRemovals)} removals`,
      ),
    ).toEqual([]);
    expect(
      missingIn('docs/decisions.md', `**${capital(inWords(maxFailuresInARow))} failures in a row stop a run`),
    ).toEqual([]);
  });

  it('are the limits of retries and responses', () => {
    const reliability = 'docs/reliability.md';
    const retries = defaultOf('--max-retries');
    const rules = { repeatable: true, maxRetries: retries };
    const delays = [1, 2, 3, 4, 5].map((tries) => retryDelay({ status: 429 }, tries, rules, 0, 1));
    const [last, ...earlier] = delays.flatMap((ms) => (ms === undefined ? [] : [ms / 1000])).reverse();
    expect(
      missingIn(
        reliability,
        `retried up to ${inWords(retries)} times (\`--max-retries\`), after random waits of up to ${earlier.reverse().join(', ')} and ${last} seconds`,
      ),
    ).toEqual([]);
    expect(
      missingIn(
        reliability,
        `\`Retry-After\` is respected up to ${inWords(maxRetryAfterMs / 60_000)} minute`,
      ),
    ).toEqual([]);
    expect(missingIn(reliability, `share a budget of ${spendAll(createRetryBudget())} retries`)).toEqual([]);
    expect(
      missingIn(
        reliability,
        `up to ${defaultMaxResponseBytes / 2 ** 20} MB, decompressed (\`--max-answer\`)`,
      ),
    ).toEqual([]);
  });

  it('say that the second success returns one retry', () => {
    const budget = createRetryBudget();
    spendAll(budget);
    budget.refund();
    expect(budget.spend()).toBe(false);
    budget.refund();
    expect(budget.spend()).toBe(true);
    expect(missingIn('docs/reliability.md', 'every second success returns one')).toEqual([]);
  });

  it('are the times of locks and logins', () => {
    const seconds = (ms: number) => ms / 1000;
    expect(
      missingIn('docs/reliability.md', `after ${seconds(lease.timeoutMs)} seconds without progress`),
    ).toEqual([]);
    expect(
      missingIn(
        'docs/reliability.md',
        `A request in flight for more than ${inWords(seconds(lease.staleAfterMs))} seconds`,
      ),
    ).toEqual([]);
    const decisions = 'docs/decisions.md';
    expect(
      missingIn(
        decisions,
        `can be taken over after ${inWords(seconds(lease.staleAfterMs))} seconds without renewal`,
      ),
    ).toEqual([]);
    expect(
      missingIn(decisions, `gives up after ${seconds(lease.timeoutMs)} seconds without progress`),
    ).toEqual([]);
    expect(
      missingIn(decisions, `can be resumed after ${inWords(seconds(lease.staleAfterMs))} seconds`),
    ).toEqual([]);
    expect(missingIn('docs/login.md', `nothing happens for ${inWords(defaultWait / 60)} minutes`)).toEqual(
      [],
    );
  });

  it.each([
    ['changes/runs/run-index.ts', 100, 'docs/personal-data.md', 'of up to 100 people'],
    [
      'login/credentials/keychain/client.ts',
      3_000,
      'docs/decisions.md',
      'A keychain call may take 3 seconds',
    ],
    ['login/credentials/keychain/client.ts', 60_000, 'docs/commands.md', '(3, on a terminal 60)'],
    ['login/oauth/expiry.ts', 60_000, 'docs/decisions.md', 'at most a minute before it expires'],
    ['login/oauth/metadata.ts', 5_000, 'docs/decisions.md', 'within five seconds'],
    ['main.ts', 5_000, 'docs/reliability.md', 'ends the process after 5 seconds'],
    ['platform/terminal/progress.ts', 10_000, 'docs/bulk.md', 'one appears every ten seconds'],
  ])('are those of src/%s: %i in %s', (file, number, page, sentence) => {
    expect(numbersIn(file)).toContain(number);
    expect(missingIn(page, sentence)).toEqual([]);
  });
});

function spendAll(budget: ReturnType<typeof createRetryBudget>): number {
  let spent = 0;
  while (budget.spend()) spent += 1;
  return spent;
}

describe('the README', () => {
  const page = 'README.md';

  it('names the version of Node that the package needs', () => {
    const { engines } = JSON.parse(readProjectFile('package.json'));
    expect(missingIn(page, `You need Node ${engines.node.replace('>=', '')} or newer`)).toEqual([]);
  });

  it('gives each exit code its number', () => {
    const meaning = {
      usage: 'wrong usage and nothing sent',
      partial: 'some of several failed',
      auth: 'not logged in',
      forbidden: 'not allowed',
      'not-found': 'not found',
      conflict: 'conflict',
      temporary: 'try again later',
      'unknown-outcome': 'a write may or may not have happened',
    } as const;
    const named = Object.entries(meaning).map(
      ([kind, words]) => `${exitCodes[kind as keyof typeof meaning]} ${words}`,
    );
    expect(missingIn(page, `0 done, ${named.join(', ')}.`)).toEqual([]);
  });

  it('names each scope once in its table, and no other', () => {
    const rows =
      (textOf.get('README.md') ?? '').match(/^ *\| .*`(?:managed-users|roles|role-assignments)\/.*$/gm) ?? [];
    const named = rows.flatMap((row) => row.match(/[a-z-]+\/[a-z]+/g) ?? []);
    expect(named.length).toBe(new Set(named).size);
    expect([...scopeNames]).toEqual(expect.arrayContaining(named));
    expect(scopeNames.filter((scope) => !named.includes(scope))).toEqual(
      ['roles/read', 'role-assignments/read'].filter((scope) =>
        (scopeNames as readonly string[]).includes(scope),
      ),
    );
  });

  it('gives the Redirect URL and the pages of the Console that auth setup opens', () => {
    expect(textOf.get('README.md')).toMatch(new RegExp(`^ *${defaultRedirectUri}$`, 'm'));
    for (const version of ['present', 'legacy'] as const)
      expect(missingIn(page, `(${consoleGuide('create', 'authorization-code', version).url})`)).toEqual([]);
  });

  it('names all formats', () => {
    const others = formatNames.filter((name) => name !== 'tsv');
    expect(others.filter((name) => !new RegExp(`\`(-o )?${name}\``).test(oneLine(page)))).toEqual([]);
  });
});

it('docs/login.md names the port of the default Redirect URL everywhere', () => {
  const { port, href } = new URL(defaultRedirectUri);
  const login = textOf.get('docs/login.md') ?? '';
  expect(login).toContain(`\`${href}\``);
  expect(new Set(login.match(/\b8\d{3}\b/g))).toEqual(new Set([port]));
});

it('docs/personal-data.md names the directory of each system', () => {
  const text = oneLine('docs/personal-data.md');
  const places = [
    configDir({}, 'linux', '~'),
    configDir({}, 'darwin', '~'),
    configDir({ APPDATA: '%APPDATA%' }, 'win32', ''),
  ];
  expect(text).toContain(
    `(${places.map((place) => `\`${place.replaceAll('\\', '/').replace('/twilio-org', '')}\``).join(', ')})`,
  );
});

describe.each(pages)('%s', (page) => {
  const text = textOf.get(page) ?? '';
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block = '']) => block);

  it('names only flags that exist', () => {
    const foreign =
      /NODE_|--use-(?:env-proxy|system-ca)|\bssh\b|\bdocker\b|\bnpm\b|\bnpx\b|\bgit\b|vitest|biome/;
    const named = [...spans, ...blocks]
      .filter((span) => !foreign.test(span))
      .flatMap((span) => span.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []);
    expect(
      [...new Set(named)].filter((flag) => !flags.has(flag) && !['--help', '--version'].includes(flag)),
    ).toEqual([]);
  });

  it('names only commands that exist', () => {
    const called = [...spans, ...blocks].flatMap((span) =>
      [...span.matchAll(/twilio-org ([a-z][a-z -]*[a-z])/g)].map(([, words = '']) => words),
    );
    const isCommand = (words: string) => {
      const [group = '', verb = ''] = words.split(' ');
      return (
        commands.has(`${group} ${verb}`) ||
        (commands.has(group) && ![...commands].some((name) => name.startsWith(`${group} `)))
      );
    };
    expect(called.filter((words) => !words.startsWith('help') && !isCommand(words))).toEqual([]);
  });

  it('names only variables that the reference of commands lists', () => {
    const listed = textOf.get('docs/commands.md') ?? '';
    const named = text.match(/TWILIO_ORG_[A-Z_]*[A-Z]/g) ?? [];
    expect(
      named.filter(
        (name) =>
          !listed.includes(`\`${name}\``) &&
          !name.startsWith('TWILIO_ORG_CHAOS') &&
          !name.startsWith('TWILIO_ORG_TEST'),
      ),
    ).toEqual([]);
  });

  it('names only exit codes that exist', () => {
    const named = [...oneLine(page).matchAll(/\bexit(?: code)? (\d+)/g)].map(([, code]) => Number(code));
    const known: number[] = [0, ...Object.values(exitCodes)];
    expect(named.filter((code) => !known.includes(code))).toEqual([]);
  });
});

it('docs/performance.md counts the packages that everyone needs', () => {
  const { packages } = JSON.parse(readProjectFile('package-lock.json'));
  const needed = Object.entries<{ dev?: boolean; optional?: boolean }>(packages).filter(
    ([name, { dev, optional }]) => name !== '' && !dev && !optional,
  );
  expect(missingIn('docs/performance.md', `The program needs ${needed.length} packages`)).toEqual([]);
});

it('docs/login.md quotes messages that the program has', () => {
  const grants = ['client credentials', 'authorization code'];
  const quotes = [...oneLine('docs/login.md').matchAll(/(?<!\*)\*([^*|]+)\*(?!\*)/g)]
    .map(([, quote = '']) => quote)
    .filter((quote) => !grants.includes(quote));
  expect(quotes.length).toBeGreaterThan(10);
  const texts = source.map(({ text }) => text.replaceAll(/'\s*\+?\s*\n?\s*'/g, ''));
  const missing = quotes.filter((quote) => {
    const parts = quote
      .replace(/^is /, '')
      .split(/…|\d+|[()]/)
      .map((part) => part.trim())
      .filter((part) => part.length > 3);
    return !texts.some((text) => parts.every((part) => text.includes(part)));
  });
  expect(missing).toEqual([]);
});
