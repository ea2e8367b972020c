import { declaredAccessSchema } from '../../changes/declared/schema.ts';
import { defineCommand } from '../../cli/command.ts';

export const schemaCommand = defineCommand({
  name: 'access schema',
  summary: 'Print the JSON schema of declared access, with which editors check and complete the files',
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org access schema > access.schema.json',
    'twilio-org access schema > .vscode/access.schema.json',
  ],
  notes: `An editor with the YAML language server, such as VS Code with the YAML extension, reads the schema that the
first line of a file names:

  # yaml-language-server: $schema=../access.schema.json
`,
  async run(ctx) {
    await ctx.out.text(JSON.stringify(declaredAccessSchema, null, 2));
  },
});
