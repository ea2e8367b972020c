import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type FormatName,
  formatNamed,
  formatNames,
} from '../../../../src/platform/terminal/formats/index.ts';
import { createOutput } from '../../../../src/platform/terminal/output.ts';
import { Sink } from '../../../support/sink.ts';

const view = {
  fields: ['id', 'name.givenName', 'name.familyName', 'emails', 'active', 'meta', 'meta.version'],
  columns: ['id', 'name.givenName', 'active'],
};
const ann = {
  id: 'US1',
  name: { givenName: 'Ann' },
  emails: [{ value: 'ann@example.com', primary: true }],
  active: true,
  meta: { version: 'W/1' },
};
const odd = { id: '=1\n\t\x1b[31m\u202e,"', name: null, active: false, count: -5, extra: { kept: [null] } };

async function print(
  format: FormatName,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  fields?: string[],
) {
  const stdout = new Sink();
  const count = await createOutput({ stdout, env: {}, format, fields, color: false }).list(view, rows);
  return { text: stdout.text(), count };
}

async function* failing(rows: readonly unknown[]): AsyncGenerator<unknown> {
  yield* rows;
  throw new Error('page 7 is missing');
}

describe('lists', () => {
  test('table: a head and aligned rows, control characters shown', async () => {
    expect(await print('table', [ann, odd])).toEqual({
      count: 2,
      text: [
        'Given name  Active  SID',
        'Ann         yes     US1',
        '            no      =1\\n\\t\\x1b[31m\\u202e,"',
        '',
      ].join('\n'),
    });
  });

  test('tsv: no head, one line a row, whatever is in it', async () => {
    const { text } = await print('tsv', [ann, odd]);
    expect(text).toBe('US1\tAnn\ttrue\n=1\\n\\t\\x1b[31m\\u202e,"\t\tfalse\n');
  });

  test('tsv is never cut, not even on a terminal', async () => {
    const stdout = Sink.terminal(40);
    await createOutput({ stdout, env: {}, format: 'tsv', color: true }).list(view, [{ id: 'x'.repeat(100) }]);
    expect(stdout.text()).toBe(`${'x'.repeat(100)}\t\t\n`);
  });

  test('a table off a terminal is never cut, on one it is', async () => {
    const row = { id: 'x'.repeat(300) };
    expect((await print('table', [row])).text).toContain(row.id);
    const stdout = Sink.terminal(40);
    await createOutput({ stdout, env: {}, format: 'table', color: false }).list(view, [row]);
    expect(stdout.text()).toContain('…');
  });

  test('csv: head, CRLF, exact data in quotes, formulas neutralised, numbers plain', async () => {
    const { text } = await print('csv', [ann, odd], ['id', 'active', 'count', 'name']);
    expect(text).toBe(
      'id,active,count,name\r\nUS1,true,,"{""givenName"":""Ann""}"\r\n"\'=1\n\t\x1b[31m\u202e,""",false,-5,\r\n',
    );
  });

  test('csv on a terminal shows control characters instead of having them obeyed', async () => {
    const stdout = Sink.terminal(80);
    await createOutput({ stdout, env: {}, format: 'csv', color: false }).list(view, [odd]);
    expect(stdout.text()).not.toContain('\x1b');
  });

  test('json: the objects exactly, as JSON.stringify would indent them', async () => {
    const { text, count } = await print('json', [ann, odd]);
    expect(count).toBe(2);
    expect(JSON.parse(text)).toEqual([ann, odd]);
    expect(text.replace('\\u202e', '\u202e')).toBe(`${JSON.stringify([ann, odd], null, 2)}\n`);
  });

  test('jsonl: one object a line', async () => {
    const { text } = await print('jsonl', [ann, odd]);
    expect(text.endsWith('\n')).toBe(true);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([ann, odd]);
  });

  test('--fields picks columns in every format, and keeps nesting in JSON', async () => {
    const fields = ['emails.0.value', 'name.givenName'];
    const picked = { emails: [{ value: 'ann@example.com' }], name: { givenName: 'Ann' } };
    expect((await print('tsv', [ann], fields)).text).toBe('ann@example.com\tAnn\n');
    expect((await print('csv', [ann], fields)).text).toBe(
      'emails.0.value,name.givenName\r\nann@example.com,Ann\r\n',
    );
    expect((await print('table', [ann], fields)).text).toBe(
      'emails.0.value   name.givenName\nann@example.com  Ann\n',
    );
    expect(JSON.parse((await print('json', [ann], fields)).text)).toEqual([picked]);
    expect(JSON.parse((await print('jsonl', [ann, odd], fields)).text.split('\n')[1] ?? '')).toEqual({});
  });

  test.each([
    ['table', ''],
    ['json', '[]\n'],
    ['jsonl', ''],
    ['csv', 'id,name.givenName,active\r\n'],
    ['tsv', ''],
  ] as const)('%s: an empty list', async (format, text) => {
    expect(await print(format, [])).toEqual({ text, count: 0 });
  });

  test.each([
    ['table', 'Given name  Active  SID\nAnn         yes     US1\n'],
    ['json', ''],
    ['jsonl', `${JSON.stringify(ann)}\n`],
    ['csv', 'id,name.givenName,active\r\nUS1,Ann,true\r\n'],
    ['tsv', 'US1\tAnn\ttrue\n'],
  ] as const)('%s: a source that fails midway is an error, after what came before', async (format, text) => {
    const stdout = new Sink();
    const output = createOutput({ stdout, env: {}, format, color: false });
    await expect(output.list(view, failing([ann]))).rejects.toThrow('page 7 is missing');
    expect(stdout.text()).toBe(text);
  });

  test.each(formatNames)('%s: a source that fails at once prints nothing', async (format) => {
    const stdout = new Sink();
    await expect(
      createOutput({ stdout, env: {}, format, color: false }).list(view, failing([])),
    ).rejects.toThrow();
    expect(stdout.text()).toBe('');
  });

  test.each(formatNames.filter((name) => formatNamed(name).streams))(
    '%s: a row is printed while the next one is waited for',
    async (format) => {
      const stdout = new PassThrough();
      const gate = new AbortController();
      async function* slow(): AsyncGenerator<unknown> {
        yield ann;
        await once(gate.signal, 'abort');
        yield ann;
      }
      const listed = createOutput({ stdout, env: {}, format, color: false }).list(view, slow());
      // Would never come if the first row waited for the second.
      const [first] = await once(stdout, 'data');
      expect(String(first)).toContain('US1');
      gate.abort();
      expect(await listed).toBe(2);
    },
  );
});

describe('a reader that goes away', () => {
  test.each(formatNames)('%s: the write’s own error comes back, and the source is closed', async (format) => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(gone) });
    let closed = false;
    async function* source(): AsyncGenerator<unknown> {
      try {
        for (let count = 0; count < 5000; count += 1) yield ann;
      } finally {
        closed = true;
      }
    }
    await expect(createOutput({ stdout, env: {}, format, color: false }).list(view, source())).rejects.toBe(
      gone,
    );
    expect(closed).toBe(true);
    await nextTurn();
  });

  test('a table says that its source failed, also where the reader is gone', async () => {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });
    const failure = new Error('The list is incomplete');
    async function* source(): AsyncGenerator<unknown> {
      yield ann;
      throw failure;
    }
    await expect(
      createOutput({ stdout, env: {}, format: 'table', color: false }).list(view, source()),
    ).rejects.toBe(failure);
  });

  test('a source without end stops at the first failed write', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(gone) });
    async function* endless(): AsyncGenerator<unknown> {
      for (;;) {
        await nextTurn();
        yield ann;
      }
    }
    await expect(
      createOutput({ stdout, env: {}, format: 'tsv', color: false }).list(view, endless()),
    ).rejects.toBe(gone);
  });
});

describe('one item', () => {
  async function printItem(
    format: FormatName,
    row: unknown,
    fields?: string[],
    color = false,
  ): Promise<string> {
    const stdout = new Sink();
    await createOutput({ stdout, env: {}, format, fields, color }).item(view, row);
    return stdout.text();
  }

  test('table: a line for each field it has, parts instead of the whole', async () => {
    expect(await printItem('table', ann)).toBe(
      [
        'SID         US1',
        'Given name  Ann',
        'Emails      Value: ann@example.com, Primary: yes',
        'Active      yes',
        'Version     W/1',
        '',
      ].join('\n'),
    );
  });

  test('table: fields that were asked for are shown, even those it lacks', async () => {
    expect(await printItem('table', ann, ['id', 'name.familyName'])).toBe(
      'id               US1\nname.familyName\n',
    );
  });

  test('table: names are bold where there is colour, values are shown escaped', async () => {
    expect(await printItem('table', odd, ['id'], true)).toBe(
      '\x1b[1mid\x1b[22m  =1\\n\\t\\x1b[31m\\u202e,"\n',
    );
  });

  test('the other formats print it as a list of one would, and json as an object', async () => {
    expect(await printItem('json', ann)).toBe(`${JSON.stringify(ann, null, 2)}\n`);
    expect(await printItem('jsonl', ann)).toBe(`${JSON.stringify(ann)}\n`);
    expect(await printItem('tsv', ann)).toBe('US1\tAnn\ttrue\n');
    expect(await printItem('csv', ann)).toBe('id,name.givenName,active\r\nUS1,Ann,true\r\n');
    expect(JSON.parse(await printItem('json', ann, ['name.givenName']))).toEqual({
      name: { givenName: 'Ann' },
    });
  });
});

test('text is printed as it is, and ends with one line break', async () => {
  const stdout = new Sink();
  const output = createOutput({ stdout, env: {}, format: 'table', color: true });
  await output.text('a\x1bb');
  await output.text('script\n');
  expect(stdout.text()).toBe('a\x1bb\nscript\n');
});

test('fields are checked against the view, and nothing is refused when none were asked for', () => {
  const stdout = new Sink();
  expect(() =>
    createOutput({ stdout, env: {}, format: 'json', color: false }).checkFields(view),
  ).not.toThrow();
  const output = createOutput({ stdout, env: {}, format: 'json', fields: ['nope'], color: false });
  expect(() => output.checkFields(view)).toThrow('Unknown field "nope"');
});

test('a hundred thousand rows are written in few pieces', async () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => ({ ...ann, id: `US${index}` }));
  for (const format of ['jsonl', 'tsv'] as const) {
    const stdout = new Sink();
    expect(await createOutput({ stdout, env: {}, format, color: false }).list(view, rows)).toBe(rows.length);
    expect(stdout.pieces.length).toBeLessThan(500);
  }
});

describe('headings that come from a file', () => {
  const evil = { fields: [], columns: ['\x1b[2J\u202eline', '=HYPERLINK("http://evil.example")', '##[x]'] };
  const row = Object.fromEntries(evil.columns.map((name, index) => [name.split('.')[0], index]));
  // Characters that a terminal would obey.
  const obeyed = /[^\P{Cc}\r\n]|[\u202e]/u;

  test.each(formatNames)('%s: nothing in them is obeyed', async (format) => {
    const stdout = Sink.terminal(200);
    const output = createOutput({ stdout, env: { GITHUB_ACTIONS: 'true' }, format, color: false });
    await output.list(evil, [row]);
    await output.item(evil, row);
    expect(stdout.text().replaceAll('\t', '')).not.toMatch(obeyed);
    if (format !== 'csv') expect(stdout.text()).not.toContain('##[');
    if (format === 'csv') expect(stdout.text()).not.toMatch(/(^|,|\n)"?[=+@-]/);
  });

  test('csv: off a terminal they are exact but for the apostrophe', async () => {
    const stdout = new Sink();
    await createOutput({ stdout, env: {}, format: 'csv', color: false }).list(evil, []);
    expect(stdout.text()).toBe(`\x1b[2J\u202eline,"'=HYPERLINK(""http://evil.example"")",##[x]\r\n`);
  });
});

describe('in the log of a CI job', () => {
  const view = { fields: ['name'], columns: ['name', 'id'] };
  const rows = ['::set-output name=x::y', ' ::stop-commands::z', 'a ##[error]b', '##vso[build.done]'].map(
    (name) => ({ name, id: '::1' }),
  );
  const commands = /^\s*::|##\[|##vso\[/m;

  test.each(formatNames.filter((name) => name !== 'csv'))(
    '%s: no line is a command of it',
    async (format) => {
      const stdout = new Sink();
      const output = createOutput({ stdout, env: { GITHUB_ACTIONS: 'true' }, format, color: false });
      await output.list(view, rows);
      for (const row of rows) await output.item(view, row);
      expect(stdout.text()).not.toMatch(commands);
      if (format === 'json')
        expect(JSON.parse(stdout.text().slice(0, stdout.text().indexOf(']\n') + 1))).toEqual(rows);
    },
  );

  test('text: no line is a command of it, and nothing else is changed', async () => {
    const stdout = new Sink();
    const output = createOutput({ stdout, env: { GITHUB_ACTIONS: 'true' }, format: 'table', color: false });
    await output.text(['levels: 1 × ##[error]b', '::error::c', '', 'plain'].join('\n'));
    await output.text('with a line break\n');
    await output.text('');
    expect(stdout.text()).not.toMatch(commands);
    expect(stdout.text()).toMatch(/^levels: .*\n.*error::c\n\nplain\nwith a line break\n\n$/);
  });

  test('csv: is exact, and its first cell is quoted', async () => {
    const stdout = new Sink();
    await createOutput({ stdout, env: { GITHUB_ACTIONS: 'true' }, format: 'csv', color: false }).list(
      view,
      rows,
    );
    expect(stdout.text().split('\r\n')[1]).toBe('"::set-output name=x::y","::1"');
  });

  test('elsewhere tables and tsv show such names as they are', async () => {
    const stdout = new Sink();
    await createOutput({ stdout, env: { CI: 'true' }, format: 'tsv', color: false }).list(view, rows);
    expect(stdout.text()).toContain('::set-output name=x::y\t::1\n');
  });
});
