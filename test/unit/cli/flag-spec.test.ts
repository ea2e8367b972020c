import { describe, expect, test } from 'vitest';
import { flagDescription, flagTerm, longName } from '../../../src/cli/flag-spec.ts';

const summary = 'only these';

describe('the name of a flag', () => {
  test('is its key in kebab case', () => {
    expect(longName('userName', { summary })).toBe('--user-name');
    expect(longName('maxRemovalFraction', { summary, value: 'f' })).toBe('--max-removal-fraction');
  });

  test('of one that turns something off begins with no', () => {
    expect(longName('retryAfter', { summary, negated: true })).toBe('--no-retry-after');
  });

  test('that is itself a negation stays as it is', () => {
    expect(longName('noInput', { summary })).toBe('--no-input');
  });
});

describe('the term of a flag', () => {
  test('has its short name first and its value last', () => {
    expect(flagTerm('output', { summary, short: 'o', value: 'format' })).toBe('-o, --output <format>');
    expect(flagTerm('yes', { summary, short: 'y' })).toBe('-y, --yes');
    expect(flagTerm('limit', { summary, value: 'n' })).toBe('--limit <n>');
  });
});

describe('the description of a flag', () => {
  test('ends with its default', () => {
    expect(flagDescription({ summary, default: '4' })).toBe('only these (default: 4)');
  });

  test('says that a flag may be given several times', () => {
    expect(flagDescription({ summary, repeats: true })).toBe('only these; may be given several times');
  });
});
