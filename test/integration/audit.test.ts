import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { auditedOrganization } from '../support/audit-world.ts';
import { writes } from '../support/cli.ts';

const file = fileURLToPath(new URL('../../docs/audit.md', import.meta.url));

/** A command of the page, and the output below it, if there is one. */
const example = /^```sh\n(twilio-org .*)\n```\n(?:\n```(?:text|json)\n[\s\S]*?\n```\n)?/gm;

test('docs/audit.md shows what its commands print, and they change nothing', async () => {
  const page = readFileSync(file, 'utf8');
  const { ask, file: write, sandbox } = await auditedOrganization();
  const [, rules = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
  write('audit.yaml', rules);
  sandbox.requests.length = 0;
  const outputs = new Map<string, string>();
  for (const [, command = ''] of page.matchAll(example)) outputs.set(command, await ask(command));
  expect(writes(sandbox)).toEqual([]);
  expect(outputs.size).toBeGreaterThan(15);
  const shown = page.replace(example, (_, command: string) => {
    const output = outputs.get(command) ?? '';
    const language = output.startsWith('[') ? 'json' : 'text';
    const block = command.includes(' > ') ? '' : `\n\`\`\`${language}\n${output}\`\`\`\n`;
    return `\`\`\`sh\n${command}\n\`\`\`\n${block}`;
  });
  await expect(shown).toMatchFileSnapshot(file);
});
