import { mkdtempSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { entries } from '../../src/commands/index.ts';
import { home } from '../support/home.ts';
import { projectRoot, readProjectFile } from '../support/house.ts';

const directory = join(projectRoot, 'test/scripts/bench');
/** Plain JavaScript, because the oldest Node that is supported runs it as it is. */
const load = (name: string) => import(pathToFileURL(join(directory, name)).href);

interface Row {
  name: string;
  group: string;
  what: string;
  against: string;
  quick: boolean;
  aims: Record<string, { atMost?: number; atLeast?: number }>;
}

let rows: readonly Row[];
let statistics: Awaited<ReturnType<typeof load>>;
let log: Awaited<ReturnType<typeof load>>;

beforeAll(async () => {
  ({ rows } = await load('rows/index.js'));
  statistics = await load('statistics.js');
  log = await load('request-log.js');
});

describe('the statistics of the bench', () => {
  it.each([
    [[3], 3],
    [[1, 9, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('take the middle of %j', (values, middle) => {
    expect(statistics.median(values)).toBe(middle);
  });

  it('give the same interval for the same samples, around their median', () => {
    const values = [1.1, 1.3, 1.2, 1.15, 1.22, 1.18, 1.4, 1.05];
    const estimate = statistics.estimate(values);
    expect(estimate).toEqual(statistics.estimate(values));
    expect(estimate.low).toBeGreaterThanOrEqual(1.05);
    expect(estimate.low).toBeLessThan(estimate.middle);
    expect(estimate.high).toBeGreaterThan(estimate.middle);
    expect(estimate.high).toBeLessThanOrEqual(1.4);
  });

  it.each([
    [1.0, 1.1, { atMost: 1.1 }, 'yes'],
    [1.0, 1.2, { atMost: 1.1 }, 'unsure'],
    [1.2, 1.3, { atMost: 1.1 }, 'no'],
    [0.95, 0.97, { atLeast: 0.92 }, 'yes'],
    [0.9, 0.97, { atLeast: 0.92 }, 'unsure'],
    [0.8, 0.9, { atLeast: 0.92 }, 'no'],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, { atMost: 10 }, 'no'],
    [Number.NaN, Number.NaN, { atMost: 10 }, 'no'],
  ])('judge %d to %d by %j: %s', (low, high, aim, verdict) => {
    expect(statistics.judge({ low, high }, aim)).toBe(verdict);
  });

  it('find how a cost grows', () => {
    const points = (cost: (size: number) => number) => [10, 20, 40].map((size) => [size, cost(size)]);
    expect(statistics.growthExponent(points((size) => 7 * size))).toBeCloseTo(1);
    expect(statistics.growthExponent(points((size) => size ** 2))).toBeCloseTo(2);
  });

  it('call a difference worse, better or the same only where all of the spread says so', async () => {
    const { changeOf } = await load('against.js');
    expect(changeOf({ low: 1.1, high: 1.3 })).toBe('worse');
    expect(changeOf({ low: 0.7, high: 0.9 })).toBe('better');
    expect(changeOf({ low: 0.98, high: 1.02 })).toBe('same');
    expect(changeOf({ low: 0.9, high: 1.2 })).toBe('unsure');
    expect(changeOf({ low: 0.7, high: 0.8 }, true)).toBe('worse');
    expect(changeOf({ low: Number.NaN, high: Number.NaN })).toBe('worse');
  });
});

describe('the measurement of a program', () => {
  it.each([true, false])('gives it a pipe that is read to the end, kept: %s', async (stdout) => {
    const { measure } = await load('measure.js');
    const script =
      'process.stderr.write(String(require("fs").fstatSync(1).isCharacterDevice())); console.log("x".repeat(1e6))';
    const measured = await measure({ argv: [process.execPath, '-e', script], env: process.env }, { stdout });
    expect(measured.stderr).toBe('false');
    expect(measured.stdout).toHaveLength(stdout ? 1_000_001 : 0);
  });
});

describe('the request log of the bench', () => {
  const request = (startMs: number, endMs: number, others = {}) => ({
    ...{ method: 'POST', path: '/scim/v2/Users', client: 'one', status: 201 },
    ...others,
    startMs,
    endMs,
  });

  it('counts only requests that wait for one another as round trips in a row', () => {
    const sideBySide = [request(0, 250), request(3, 260), request(10, 251)];
    expect(log.roundTrips(sideBySide)).toBe(1);
    expect(log.roundTrips([...sideBySide, request(261, 500), request(255, 600)])).toBe(2);
    expect(log.roundTrips([])).toBe(0);
  });

  it('tells the rate of accepted writes and the fraction of refused ones', () => {
    const accepted = Array.from({ length: 21 }, (_, index) => request(index * 50, index * 50 + 5));
    const refused = request(500, 501, { status: 429 });
    const read = request(1, 2, { method: 'GET' });
    const pace = log.paceOf([...accepted, refused, read]);
    expect(pace.perSecond).toBeCloseTo(20);
    expect(pace.refused).toBeCloseTo(1 / 22);
  });

  it('tells when a client keeps to a limit that was raised', () => {
    const slow = Array.from({ length: 40 }, (_, index) => request(index * 50, index * 50 + 1));
    const fast = Array.from({ length: 600 }, (_, index) => request(2000 + index * 10, 2000 + index * 10 + 1));
    expect(log.secondsToFind([...slow, ...fast], 1000, 100)).toBeCloseTo(0.8, 0);
    expect(log.secondsToFind(slow, 1000, 100)).toBe(Number.POSITIVE_INFINITY);
  });

  it('compares two clients only while both are at work', () => {
    const one = Array.from({ length: 100 }, (_, index) => request(index * 100, index * 100 + 1));
    const two = Array.from({ length: 50 }, (_, index) =>
      request(index * 100 + 1000, index * 100 + 1001, { client: 'two' }),
    );
    const { perSecond, unfairness } = log.sharedPace([...one, ...two]);
    expect(unfairness).toBeCloseTo(1);
    expect(perSecond).toBeCloseTo(20, 0);
  });
});

describe('the rows of the bench', () => {
  it('have names of their own, and aims that can be missed', () => {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    const aimless = rows.filter(
      ({ name, aims }) =>
        !name.startsWith('instead.') && Object.values(aims).some((aim) => Object.keys(aim).length !== 1),
    );
    expect(aimless).toEqual([]);
  });

  it('measure the help of each group and command', () => {
    const names = new Set(rows.map(({ name }) => name));
    expect(entries.filter(({ name }) => !names.has(`start.help.${name}`)).map(({ name }) => name)).toEqual(
      [],
    );
  });

  it('are named in docs/performance.md with their aims', async () => {
    const { markdown } = await load('report.js');
    const ownRows = rows.filter(({ name }) => !name.startsWith('instead.'));
    const expected: string = markdown([], ownRows);
    const named = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) => line.split(' | ').slice(0, 4).join(' | '));
    const page = named(readProjectFile('docs/performance.md'));
    expect(named(expected).filter((line) => !page.includes(line))).toEqual([]);
  });
});

describe('the flags of the bench', () => {
  it('take several names after one flag', async () => {
    const { parseOptions, chooseRows } = await load('options.js');
    expect(parseOptions(['--only', 'start.version', 'login', '--quick'])).toMatchObject({
      only: ['start.version', 'login'],
      quick: true,
    });
    const { chosen, leftOut } = chooseRows(rows, { only: ['start.version', 'login'], quick: true });
    expect(chosen.map(({ name }: Row) => name)).toEqual(['start.version', 'login.token']);
    expect(leftOut.map(({ name }: Row) => name)).toContain('login.key');
  });

  it('refuse what is unknown', async () => {
    const { parseOptions, chooseRows } = await load('options.js');
    expect(() => parseOptions(['--fast'])).toThrow('--fast');
    expect(() => parseOptions(['quick'])).toThrow('quick');
    expect(() => parseOptions(['--outputs'])).toThrow('--against');
    expect(() => chooseRows(rows, { only: ['nothing'] })).toThrow('nothing');
  });
});

describe('the numbers that the bench keeps', () => {
  const resultsOf = (row: Row, middle: number) =>
    Object.entries(row.aims).map(([metric, aim]) => {
      const { name, group, what, against } = row;
      const value = { middle, low: middle, high: middle, count: 1 };
      return { row: name, group, what, against, metric, aim, value, verdict: 'yes', note: '' };
    });

  it('are in the file after each row, so that an interrupted run is resumed without them', async () => {
    const { writeResults, readResults, isMeasured } = await load('kept-results.js');
    const file = join(mkdtempSync(join(home, 'bench-')), 'results.json');
    expect(readResults(file)).toEqual([]);
    const [first, second] = rows;
    const results = [...resultsOf(first as Row, 1), ...resultsOf(second as Row, Number.POSITIVE_INFINITY)];
    writeResults(file, { machine: 'a machine', results });
    expect(readResults(file)).toEqual(results);
    expect(rows.filter((row) => isMeasured(readResults(file), row, undefined))).toEqual([first, second]);
    expect(isMeasured(readResults(file), first, 'v22.0.0')).toBe(false);
  });

  it('replace those of docs/performance.md and nothing else, with a dash for each row that was left out', async () => {
    const { resultsSection, writePage } = await load('kept-results.js');
    const file = join(mkdtempSync(join(home, 'bench-')), 'page.md');
    const before = readProjectFile('docs/performance.md');
    await writeFile(file, before);
    const [first] = rows;
    const report = { machine: 'a machine', warning: 'It was busy.', results: resultsOf(first as Row, 1.5) };
    writePage(resultsSection(report, '2026-11-27'), file);
    const after = await readFile(file, 'utf8');
    const outside = (text: string) =>
      text.replace(/(<!-- npm run bench[^>]*-->).*(<!-- to here -->)/s, '$1$2');
    expect(outside(after)).toBe(outside(before));
    expect(after).toContain('From one run on a machine, on 2026-11-27. It was busy.');
    expect(after).toContain('| 1.50 (1 of 2) | yes |');
    expect(after.match(/\| – \| – \|/g)?.length).toBeGreaterThan(50);
  });
});

describe('the comparison of outputs', () => {
  it('runs over a hundred command lines', async () => {
    const { commandLines, wordsOf } = await load('command-lines.js');
    expect(new Set(commandLines).size).toBeGreaterThan(100);
    expect(wordsOf('apps scopes "users list" ADA', { ADA: 'ada@example.com' })).toEqual([
      'apps',
      'scopes',
      'users list',
      'ada@example.com',
    ]);
  });

  it('leaves out what differs from run to run, and nothing else', async () => {
    const { withoutChance } = await load('outputs.js');
    const sid = (letters: string) => `${letters}${'0f'.repeat(16)}`;
    expect(withoutChance(`20260314-091500123-4f2a at 2026-03-14T09:15:00.123Z for ${sid('US')}`)).toBe(
      'RUN at TIME for US…',
    );
    expect(withoutChance('http://127.0.0.1:1/x', { 'http://127.0.0.1:1': 'API' })).toBe('API/x');
    expect(withoutChance(`${sid('IX')}\t12\tSupport`)).toBe(`${sid('IX')}\t12\tSupport`);
  });
});

it('each file of the bench is used', () => {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.\w+$/.test(name),
  );
  const text = files
    .filter((name) => name.endsWith('.js'))
    .map((name) => readProjectFile(`test/scripts/bench/${name}`))
    .join('\n');
  const unused = files.filter(
    (name) => name !== 'bench.js' && !text.includes(name.replaceAll('\\', '/').split('/').at(-1) ?? name),
  );
  expect(unused).toEqual([]);
});
