import { mkdtempSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Columns } from '../../../../src/changes/input/columns.ts';
import { openInput } from '../../../../src/changes/input/open.ts';
import type { Row } from '../../../../src/changes/input/row.ts';
import type { Workspace } from '../../../../src/organization/workspace/workspace.ts';
import { home } from '../../../support/home.ts';
import { testWith } from '../../../support/requires.ts';

const columns: Columns = { names: { email: [], name: [] }, required: ['email'] };

function machine() {
  const directory = mkdtempSync(join(home, 'input-'));
  const configDir = join(directory, 'config');
  const stop = new AbortController();
  const workspace = { configDir, signal: stop.signal, log: { warn: () => {} } } as unknown as Workspace;
  return {
    configDir,
    stop,
    open: async (bytes: string | Uint8Array) => {
      const file = join(directory, 'in.csv');
      writeFileSync(file, bytes);
      const input = await openInput(workspace, file, Readable.from([]));
      onTestFinished(() => input.close().catch(() => undefined));
      return { ...input, file, emails: () => emailsOf(input) };
    },
    openNamed: (name: string) => openInput(workspace, join(directory, name), Readable.from([])),
    openStdin: (...chunks: Uint8Array[]) => openInput(workspace, '-', Readable.from(chunks)),
  };
}

async function rowsOf(input: Awaited<ReturnType<typeof openInput>>) {
  const rows: Row[] = [];
  for await (const row of input.rows(columns)) rows.push(row);
  return rows;
}

async function emailsOf(input: Awaited<ReturnType<typeof openInput>>) {
  return (await rowsOf(input)).map(({ cells }) => cells.get('email'));
}

describe('an input', () => {
  test('can be read several times, as it was when it was opened', async () => {
    const { open } = machine();
    const { emails, file } = await open('email,name\na@example.com,A\nb@example.com,B\n');
    writeFileSync(file, 'email\nc@example.com\n');
    expect(await emails()).toEqual(['a@example.com', 'b@example.com']);
    expect(await emails()).toEqual(['a@example.com', 'b@example.com']);
  });

  test('leaves no file while it is read, and its directory is private', async () => {
    const { open, configDir } = machine();
    const { emails } = await open('email\na@example.com\n');
    expect(readdirSync(configDir)).toEqual([]);
    expect(statSync(configDir).mode & 0o777).toBe(0o700);
    expect(await emails()).toEqual(['a@example.com']);
  });

  testWith('Linux', 'leaves its file closed, also where it is refused or stopped', async () => {
    const { open, stop, openNamed, configDir } = machine();
    const isOpen = () =>
      readdirSync('/proc/self/fd').some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(dirname(configDir));
        } catch {
          return false;
        }
      });
    await (await open('email\na@example.com\n')).close();
    expect(isOpen()).toBe(false);
    await expect(open('')).rejects.toThrow('is empty');
    expect(isOpen()).toBe(false);
    await expect(openNamed('.')).rejects.toThrow();
    expect(isOpen()).toBe(false);
    stop.abort(new Error('stopped'));
    await expect(open('email\n')).rejects.toThrow('stopped');
    expect(isOpen()).toBe(false);
  });

  test('comes from standard input in pieces, with letters that are cut between them', async () => {
    const { openStdin } = machine();
    const bytes = Buffer.from('email,name\nö@example.com,Ö\n');
    const at = bytes.indexOf('ö') + 1;
    const input = await openStdin(bytes.subarray(0, at), bytes.subarray(at));
    onTestFinished(() => input.close());
    expect(input.name).toBe('standard input');
    const [row] = await rowsOf(input);
    expect([row?.cells.get('name'), row?.faults]).toEqual(['Ö', []]);
  });

  test('loses its byte order mark', async () => {
    const { open } = machine();
    const { emails } = await open('\uFEFFemail\na@example.com\n');
    expect(await emails()).toEqual(['a@example.com']);
  });

  test('in another encoding has an error in each row with such a letter', async () => {
    const { open } = machine();
    const input = await open(Buffer.from('email,name\na@example.com,Åsa\nb@example.com,B\n', 'latin1'));
    const rows = await rowsOf(input);
    expect(rows.map(({ faults }) => faults.length)).toEqual([1, 0]);
  });

  test('that ends within a letter is in another encoding', async () => {
    const { open } = machine();
    const input = await open(Buffer.from('email,name\na@example.com,Ö').subarray(0, -1));
    const [row] = await rowsOf(input);
    expect(row?.faults).toHaveLength(1);
  });
});

function utf32(text: string): Buffer {
  return Buffer.from(Uint32Array.from([...text], (letter) => letter.codePointAt(0) ?? 0).buffer);
}

describe('an input is refused', () => {
  test.each([
    ['that is empty', '', 'is empty'],
    ['of blanks', ' \n\n', 'is empty'],
    ['in UTF-32, little-endian', utf32('\uFEFFemail\n'), 'is UTF-32'],
    ['in UTF-32, big-endian', utf32('\uFEFFemail\n').swap32(), 'is UTF-32'],
    ['in UTF-32 without a byte order mark', utf32('email\n'), 'is UTF-32'],
    ['in UTF-16, little-endian', Buffer.from('\uFEFFemail\n', 'utf16le'), 'is UTF-16'],
    ['in UTF-16, big-endian', Buffer.from('\uFEFFemail\n', 'utf16le').swap16(), 'is UTF-16'],
    ['in UTF-16 without a byte order mark', Buffer.from('email\n', 'utf16le'), 'is UTF-16'],
  ])('%s', async (_, bytes, message) => {
    const { open, configDir } = machine();
    await expect(open(bytes)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(message),
    });
    expect(readdirSync(configDir)).toEqual([]);
  });

  test('when it is missing or a directory', async () => {
    const { openNamed } = machine();
    await expect(openNamed('none.csv')).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('none.csv'),
    });
    await expect(openNamed('.')).rejects.toMatchObject({ kind: 'usage' });
  });

  test('when the command is stopped, without a message about the file', async () => {
    const { openStdin, stop } = machine();
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(openStdin(Buffer.from('email\n'))).rejects.toBe(reason);
  });
});
