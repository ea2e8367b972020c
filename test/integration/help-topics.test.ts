import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../src/cli/help/print-topic.ts';
import { helpTopics, sectionOf } from '../../src/cli/help/topics.ts';
import { exitCodes } from '../../src/platform/core/errors.ts';
import { formatNames } from '../../src/platform/terminal/formats/index.ts';
import { call } from '../support/cli.ts';

const page = await readFile(new URL('../../docs/commands.md', import.meta.url), 'utf8');

describe('a help topic', () => {
  test.each(helpTopics)('%s prints its section of the documentation within 80 columns', async (topic) => {
    const { stdout, stderr, exitCode } = await call(['help', topic]);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(page).toContain(`\n## ${sectionOf(topic)}\n`);
    expect(stdout.split('\n').length).toBeGreaterThan(4);
    expect(stdout).not.toMatch(/`|\*\*|\]\(|^\|/m);
    const prose = stdout.split('\n').filter((line) => !line.includes('{"error"'));
    expect(prose.filter((line) => line.length > 80)).toEqual([]);
  });

  test('stands in the help of the program, and in every completion script', async () => {
    const [help, ...scripts] = await Promise.all([
      call(['--help']),
      ...['bash', 'zsh', 'fish', 'powershell'].map((shell) => call(['completion', shell])),
    ]);
    for (const topic of helpTopics) {
      for (const { stdout } of [help, ...scripts]) expect(stdout).toContain(topic);
    }
  });

  test('exit-codes has every kind of error, and formatting every format', async () => {
    const codes = (await call(['help', 'exit-codes'])).stdout;
    for (const [kind, code] of Object.entries(exitCodes))
      expect(codes).toMatch(new RegExp(`^ {2}${code} +${kind} `, 'm'));
    const formats = (await call(['help', 'formatting'])).stdout;
    for (const name of formatNames) expect(formats).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  });

  test.each([40, 80, 120])('is broken between words at %i columns', (width) => {
    const lines = renderMarkdown(
      '| a | b |\n| --- | --- |\n| `NAME` | some words that explain the name, one after the other |',
      width,
    );
    expect(lines.replace(/\s+/g, ' ').trim()).toBe(
      'NAME some words that explain the name, one after the other',
    );
    for (const line of lines.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });
});
