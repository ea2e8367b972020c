import { jsonWithoutLogCommands, terminalSafeJson, withoutLogCommands } from './escape.ts';

/** A whole document that a command makes of its result. Only commands that declare it take its name for `-o`. */
export interface DocumentFormat<Name extends string = string> {
  readonly name: Name;
  /** For the documentation, after the name. */
  readonly description: string;
  /** The document as a terminal may show it. @param isLog true for a log of a job, which obeys commands */
  printable(text: string, isLog: boolean): string;
}

/** Markup shows the same character for the entity. */
const withoutCommandsInMarkup = (text: string) => text.replace(/##(?=\[|vso\[|teamcity\[)/g, '&#35;#');

export const documentFormats = [
  {
    name: 'html',
    description: 'one page that needs no network',
    printable: (text, isLog) => (isLog ? withoutCommandsInMarkup(text) : text),
  },
  {
    name: 'markdown',
    description: 'for a comment or a summary of GitHub or GitLab; at most 60,000 characters',
    printable: (text, isLog) => (isLog ? text.split('\n').map(withoutLogCommands).join('\n') : text),
  },
  {
    name: 'sarif',
    description: 'SARIF 2.1.0, for code scanning',
    printable(text, isLog) {
      const json = terminalSafeJson(text);
      return isLog ? jsonWithoutLogCommands(json) : json;
    },
  },
] as const satisfies readonly DocumentFormat[];

export type DocumentName = (typeof documentFormats)[number]['name'];

export function findDocumentFormat(name: string): DocumentFormat<DocumentName> | undefined {
  return documentFormats.find((format) => format.name === name);
}
