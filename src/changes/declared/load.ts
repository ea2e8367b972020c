import { countReceived } from '../../platform/core/long-lists.ts';
import { inputErrorHandler } from '../../platform/fs/errors.ts';
import { openRegularFile } from '../../platform/fs/private-files.ts';
import { checkFiles } from './check-files.ts';
import { type FoundFile, findDeclaredFiles } from './find-files.ts';
import type { DeclaredAccess, DeclaredEntry, DeclaredFile, FileProblem } from './model.ts';
import { parseEntry, parseFile } from './parse-file.ts';
import { inFileOrder } from './problems.ts';
import { decodeText, type PositionOf, parseYaml } from './read-yaml.ts';
import { YamlReader } from './yaml-reader.ts';

/** About ten times the size of 100,000 entries on a line each. */
export const maxFileBytes = 64 * 1024 * 1024;

/**
 * Reads the declared access in a directory. Each file's syntax tree is dropped before the next file is read.
 *
 * @param isWhole false where groups may be defined outside the directory
 * @throws usage where the directory or a file can't be read; what is wrong in the files is returned
 */
export async function loadDeclaredAccess(
  directory: string,
  { isWhole = true }: { isWhole?: boolean } = {},
): Promise<DeclaredAccess> {
  const found = await findDeclaredFiles(directory);
  const problems = [...found.problems];
  const files: DeclaredFile[] = [];
  const texts = new Map<string, string>();
  for (const file of found.files) {
    const text = await readText(file, problems);
    const declared = text === undefined ? undefined : await parseDeclared(text, file.name, problems, texts);
    if (declared !== undefined) files.push(declared);
  }
  const checked = checkFiles(files, { isComplete: isWhole && files.length === found.files.length });
  return {
    files,
    problems: inFileOrder([...problems, ...checked.problems]),
    warnings: inFileOrder(checked.warnings),
  };
}

/** Reads the text of one file. Undefined, and problems, where the syntax is wrong. */
export async function parseDeclared(
  text: string,
  name: string,
  problems: FileProblem[],
  texts = new Map<string, string>(),
): Promise<DeclaredFile | undefined> {
  const tests = await import('yaml');
  // Most of them follow from a syntax error, where there is one.
  const found: FileProblem[] = [];
  const readerOf = (positionOf: PositionOf) => new YamlReader(tests, positionOf, found, texts);
  let reader: YamlReader | undefined;
  const entries: DeclaredEntry[] = [];
  const yaml = await parseYaml(text, name, problems, {
    key: 'access',
    take(item, positionOf) {
      reader ??= readerOf(positionOf);
      const entry = parseEntry(reader, item);
      if (entry !== undefined) entries.push(entry);
    },
  });
  if (yaml === undefined) return undefined;
  const file = parseFile(reader ?? readerOf(yaml.positionOf), yaml.root, name, entries);
  for (const problem of found) problems.push(problem);
  return file;
}

async function readText({ name, path }: FoundFile, problems: FileProblem[]): Promise<string | undefined> {
  const handle = await openRegularFile(path).catch(inputErrorHandler(name));
  try {
    const { size } = await handle.stat();
    countReceived(size);
    if (size <= maxFileBytes) return decodeText(await handle.readFile(), name, problems);
    const megabytes = maxFileBytes / 1024 / 1024;
    problems.push({
      at: { file: name, line: 1, column: 1 },
      message: `the file is larger than ${megabytes} MB`,
      advice: 'Split it, for example by scope',
    });
    return undefined;
  } finally {
    await handle.close();
  }
}
