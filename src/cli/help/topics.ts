/** The help topics, each with the section of `docs/commands.md` that it prints, and its line in the help. */
const topics: Readonly<Record<string, { section: string; summary: string }>> = {
  environment: { section: 'Environment', summary: 'environment variables' },
  'exit-codes': { section: 'Exit codes', summary: 'exit codes and their meaning' },
  files: { section: 'Files', summary: 'files that the program writes' },
  filters: { section: 'Filters', summary: 'the language of --filter, and --sort' },
  formatting: { section: 'Streams and formats', summary: 'output formats, fields and errors' },
  questions: { section: 'Questions', summary: 'questions and confirmations' },
  'roles-and-scopes': { section: 'Users, roles and scopes', summary: 'how to name users, roles and scopes' },
};

export const helpTopics = Object.keys(topics);

/** The lines about the topics in the program's help. */
export function topicItems(): { term: string; summary: string }[] {
  return Object.entries(topics).map(([term, { summary }]) => ({ term, summary }));
}

export function isHelpTopic(word: string | undefined): word is string {
  return word !== undefined && Object.hasOwn(topics, word);
}

export function sectionOf(topic: string): string {
  return topics[topic]?.section ?? '';
}
