import { describe, expect, test } from 'vitest';
import { layOutProse } from '../../../../src/platform/terminal/prose.ts';

const widths = [40, 80, 120];
const text =
  'Only users managed by the organization are visible, and only to a login that may list them. To list them: twilio-org users list --search "Ada King" --limit 5. If that shows nobody, ask the administrator who made the app, see `twilio-org apps scopes`, or look again tomorrow';

describe('layOutProse', () => {
  test('leaves a text as it is where there is no terminal', () => {
    expect(layOutProse(text, undefined)).toEqual([text]);
  });

  test.each(widths)('breaks prose between words at %i columns, and changes no word', (width) => {
    const lines = layOutProse(text, width);
    expect(lines.join(' ').replace(/ +/g, ' ')).toBe(text.replace('5. If', '5 If'));
    for (const line of lines) {
      if (!line.trim().startsWith('twilio-org ')) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  test.each(widths)('gives a command a whole line of its own at %i columns', (width) => {
    expect(layOutProse(text, width)).toContain('  twilio-org users list --search "Ada King" --limit 5');
    expect(layOutProse(text, width).some((line) => line.includes('`twilio-org apps scopes`'))).toBe(true);
  });

  test('keeps the indentation of a row in each of its lines', () => {
    const lines = layOutProse(`  ${'word '.repeat(20).trim()}`, 40);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatch(/^ {2}word/);
  });

  test('breaks no path, address or SID, however narrow the terminal is', () => {
    const path = `/home/ada/${'directory/'.repeat(8)}file.csv`;
    expect(layOutProse(`The file ${path} could not be read`, 40)).toContain(path);
  });

  test('takes a short line, an empty line and colours as they are', () => {
    for (const line of ['', 'Done', '\x1b[31merror:\x1b[39m It failed'])
      expect(layOutProse(line, 40)).toEqual([line]);
  });
});
