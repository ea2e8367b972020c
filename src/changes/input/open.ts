import { isUtf8 as isUtf8Text } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { fsErrorHandler, inputErrorHandler } from '../../platform/fs/errors.ts';
import { ensurePrivateDir } from '../../platform/fs/private-files.ts';
import type { ColumnPolicy, Columns } from './columns.ts';
import { detectFormat, inputFormatNames } from './formats/index.ts';
import type { Row } from './row.ts';
import { readRows } from './rows.ts';

/** An input that can be read several times. */
export interface Input {
  /** As the user named it. */
  name: string;
  rows(columns: Columns): AsyncGenerator<Row>;
  close(): Promise<void>;
}

/**
 * Copies the input and detects its format. A copy is needed because standard input can be read only once and a file may
 * change. Its name is removed at once, so that the system deletes it however the program ends.
 */
export async function openInput(
  workspace: Workspace,
  file: string,
  stdin: Readable,
  policy: ColumnPolicy = {},
): Promise<Input> {
  await ensurePrivateDir(workspace.configDir, (text) => workspace.log.warn(text));
  const { randomUUID } = await import('node:crypto');
  const copy = path.join(workspace.configDir, `input-${randomUUID()}`);
  const handle = await open(copy, 'wx+', 0o600).catch(fsErrorHandler('write', workspace.configDir));
  // Windows can't remove an open file; there `close` removes it.
  await rm(copy).catch(() => undefined);
  const close = async () => {
    await handle.close();
    await rm(copy, { force: true });
  };
  const name = file === '-' ? 'standard input' : file;
  try {
    const isUtf8 = await copyInput(workspace, { file, name, stdin }, handle);
    const text = () => textOf(handle);
    const head = await headOf(handle, name);
    const format = detectFormat(head);
    const source = { text, isUtf8 };
    const rows = (columns: Columns) => readRows(format.records(source, head), columns, policy, source);
    return { name, rows, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const headBytes = 65_536;

/** Reads an input that is in memory, so that no copy is needed. */
export function rowsOf(name: string, bytes: Buffer, columns: Columns): AsyncGenerator<Row> {
  const head = checkHead(bytes.subarray(0, headBytes), name);
  const whole = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const source = {
    isUtf8: isUtf8Text(bytes),
    async *text() {
      yield whole;
    },
  };
  return readRows(detectFormat(head).records(source, head), columns, {}, source);
}

/** Copies the input; resolves to whether it is UTF-8. */
async function copyInput(
  workspace: Workspace,
  { file, name, stdin }: { file: string; name: string; stdin: Readable },
  to: FileHandle,
): Promise<boolean> {
  const { signal } = workspace;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  const check = (chunk?: Buffer) => {
    try {
      if (isUtf8) decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      isUtf8 = false;
    }
  };
  try {
    const from: Readable = file === '-' ? stdin : (await open(file)).createReadStream();
    for await (const chunk of addAbortSignal(signal, from)) {
      const bytes = Buffer.from(chunk);
      check(bytes);
      await to.appendFile(bytes).catch(fsErrorHandler('write', workspace.configDir));
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    signal.throwIfAborted();
    inputErrorHandler(name)(cause);
  }
  check();
  return isUtf8;
}

/** The text from its beginning, without a byte order mark. */
async function* textOf({ fd }: FileHandle): AsyncGenerator<string> {
  let first = true;
  for await (const piece of createReadStream('', { fd, start: 0, autoClose: false, encoding: 'utf8' })) {
    yield first ? piece.replace(/^\uFEFF/, '') : piece;
    first = false;
  }
}

async function headOf(handle: FileHandle, name: string): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return checkHead(buffer.subarray(0, bytesRead), name);
}

/** The beginning of the text, which shows its format. Refuses what is not text. */
function checkHead(bytes: Buffer, name: string): string {
  const beginning = bytes.toString('hex', 0, 4);
  if (/^(fffe0000|0000feff|000000|..000000)/.test(beginning)) throw notUtf8(name, 'UTF-32');
  // A byte order mark, or the zero byte of one of the first two letters.
  if (/^(fffe|feff|00|..00)/.test(beginning)) throw notUtf8(name, 'UTF-16');
  const kind = kindOf(bytes);
  if (kind !== undefined) {
    throw usageError(`${name} is ${kind.is}. Supported formats: ${inputFormatNames}`, kind.hint);
  }
  const head = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (head.trim() === '') throw usageError(`${name} is empty`, 'The first line must name the columns');
  return head;
}

function notUtf8(name: string, encoding: string): AppError {
  return usageError(
    `${name} is ${encoding}, but must be UTF-8`,
    `Save it as "CSV UTF-8", or convert it: iconv -f ${encoding} -t UTF-8`,
  );
}

/** Recognises files that are no text by their first bytes. */
const kinds: readonly { begins: RegExp; is: string; hint: string }[] = [
  {
    begins: /^504b0304.*(786c2f|5b436f6e74656e745f54797065735d)/s,
    is: 'a workbook',
    hint: 'In Excel: File > Save As > "CSV UTF-8". In Google Sheets: File > Download > Comma-separated values',
  },
  {
    begins: /^504b030[48]/,
    is: 'a workbook or a ZIP archive',
    hint: 'Save the sheet as "CSV UTF-8", or unpack it',
  },
  { begins: /^d0cf11e0/, is: 'a workbook of an old Excel', hint: 'Save the sheet as "CSV UTF-8"' },
  {
    begins: /^1f8b/,
    is: 'compressed with gzip',
    hint: 'Unpack it with gunzip, or read it from standard input: gunzip -c FILE | twilio-org …, with - instead of the name',
  },
  { begins: /^425a68/, is: 'compressed with bzip2', hint: 'Unpack it with bunzip2' },
  { begins: /^fd377a585a/, is: 'compressed with xz', hint: 'Unpack it with unxz' },
  { begins: /^28b52ffd/, is: 'compressed with zstd', hint: 'Unpack it with unzstd' },
  { begins: /^377abcaf271c/, is: 'a 7-Zip archive', hint: 'Unpack it' },
  { begins: /^25504446/, is: 'a PDF', hint: 'Export the table as CSV from the program that it comes from' },
  { begins: /^7b5c727466/, is: 'a rich text document', hint: 'Save it as plain text' },
  {
    begins: /^(89504e47|ffd8ff|47494638)/,
    is: 'a picture',
    hint: 'Export the table as CSV from the program that it comes from',
  },
  { begins: /^53514c69746520666f726d6174/, is: 'an SQLite database', hint: 'Export the table as CSV' },
  {
    begins: /^(efbbbf)?\s*3c(21646f63747970652068746d6c|21444f43545950452068746d6c|68746d6c|3f786d6c)/i,
    is: 'a web page or XML',
    hint: 'This may be a login page that was saved instead of an export. Export the table as CSV',
  },
];

function kindOf(bytes: Buffer): (typeof kinds)[number] | undefined {
  const beginning = bytes.toString('hex', 0, 4096);
  return kinds.find(({ begins }) => begins.test(beginning));
}
